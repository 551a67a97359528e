package clients

// The sector identifier: a list of redirect URIs that must hold those of the
// client (OpenID Connect Dynamic Client Registration 1.0, section 5).

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
)

// checkSector fetches the list; it is bounded like every call of ours.
func (r *Registry) checkSector(ctx context.Context, m Metadata) error {
	if m.SectorURI == "" {
		return nil
	}
	answer, err := r.guarded.Get(ctx, m.SectorURI, "application/json")
	if err != nil || answer.Status != http.StatusOK {
		return bad("sector_identifier_uri could not be fetched: it must answer 200 with a list, from an address on the internet, without a redirect")
	}
	var list []string
	if err := json.Unmarshal(answer.Body, &list); err != nil {
		return bad("sector_identifier_uri does not hold a JSON list of redirect URIs")
	}
	for _, uri := range m.RedirectURIs {
		if !slices.Contains(list, uri) {
			return bad("the list at sector_identifier_uri does not hold every one of redirect_uris")
		}
	}
	return nil
}
