// Package keys holds the keys that the built-in identity provider signs with:
// made here, kept sealed in the store, published before they sign and for a
// while after.
//
//	made ── ahead ──→ signs ── Rotate ──→ published only ── Valid + Keep ──→ gone
package keys
