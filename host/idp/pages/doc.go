// Package pages is everything that a person sees at the provider: one struct
// per page, shown in the language they read, in the site's name and colours.
// It reads no request but for its language, and decides nothing.
//
//	caller → Show(w, r, status, SignIn{…}, origins…) → language → template → layout → answer
//
// What a page sends back is said at its struct. Every form is an ordinary one
// and works without a script, except what needs a passkey: its button appears
// only when the browser can do it, and the page says so otherwise.
package pages
