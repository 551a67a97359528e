// Lists in pages: answers in the manner of OData, as Microsoft Graph gives
// them, become a list of names.

package oidcrp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

const maxItems = 20000

// fetchList makes a list of an answer that has no member called as the one claim
// of s but a list called value: each item's text, or the id of an item that is an
// object. @odata.nextLink leads to the next page, within the allowed addresses and
// the source's own origin: the access token is for nobody else.
//
// See OData JSON Format 4.01, section 4.5.5.
func (p *Provider) fetchList(ctx context.Context, s claimSource, page map[string]json.RawMessage, bearer string) (map[string]json.RawMessage, error) {
	list := []string{}
	for number := 1; ; number++ {
		names, next, err := readPage(page)
		if err != nil {
			return nil, err
		}
		list = append(list, names...)
		switch {
		case next == "":
			raw, err := json.Marshal(list)
			return map[string]json.RawMessage{s.claims[0]: raw}, err
		case number == maxPages || len(list) > maxItems:
			return nil, fmt.Errorf("the claim source's list is longer than %d pages or %d items", maxPages, maxItems)
		case !sameOrigin(next, s.endpoint):
			return nil, errors.New("the claim source's next page is at another host")
		}
		res, err := p.callSource(ctx, next, bearer)
		if err != nil {
			return nil, err
		}
		if page, err = jsonAnswer(res); err != nil {
			return nil, err
		}
	}
}

func readPage(page map[string]json.RawMessage) (names []string, next string, err error) {
	var items []json.RawMessage
	if err := json.Unmarshal(page["value"], &items); err != nil || page["value"] == nil {
		return nil, "", errors.New("the claim source's answer has no list called value")
	}
	for _, item := range items {
		name, ok := itemName(item)
		if !ok {
			return nil, "", errors.New("an item of the claim source's list is neither text nor an object with an id")
		}
		names = append(names, name)
	}
	if link, present := page["@odata.nextLink"]; present {
		if json.Unmarshal(link, &next) != nil || next == "" {
			return nil, "", errors.New("the claim source's next page has no address")
		}
	}
	return names, next, nil
}

func itemName(item json.RawMessage) (name string, ok bool) {
	if json.Unmarshal(item, &name) == nil && name != "" {
		return name, true
	}
	object := map[string]json.RawMessage{}
	if json.Unmarshal(item, &object) != nil || json.Unmarshal(object["id"], &name) != nil {
		return "", false
	}
	return name, name != ""
}
