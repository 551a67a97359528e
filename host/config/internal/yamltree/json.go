// From JSON to the tree.

package yamltree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// FromJSON is the tree of one JSON value, with the keys in their order. A key
// that comes twice, more than MaxDepth levels and what stands behind the value
// are errors.
func FromJSON(raw []byte) (*Node, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	n, err := fromJSON(decoder, 0)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something behind the json value")
	}
	return n, nil
}

func fromJSON(decoder *json.Decoder, depth int) (*Node, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, errors.New("this is not json")
	}
	if depth > MaxDepth {
		return nil, fmt.Errorf("the json is nested deeper than %d", MaxDepth)
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return objectOf(decoder, depth)
		}
		return listOf(decoder, depth)
	case bool:
		return &Node{Kind: Bool, Text: fmt.Sprint(token)}, nil
	case json.Number:
		root, _ := Parse([]byte("number: " + string(token) + "\n")) // as YAML reads it
		return root.Get("number"), nil
	case string:
		return &Node{Kind: String, Text: token, style: double}, nil
	}
	return &Node{Kind: Null}, nil
}

func objectOf(decoder *json.Decoder, depth int) (*Node, error) {
	n := &Node{Kind: Mapping}
	for decoder.More() {
		key, err := decoder.Token()
		name, ok := key.(string)
		if err != nil || !ok {
			return nil, errors.New("this is not json")
		}
		if n.Get(name) != nil {
			return nil, errors.New("the json has a member twice")
		}
		value, err := fromJSON(decoder, depth+1)
		if err != nil {
			return nil, err
		}
		n.Pairs = append(n.Pairs, Pair{&Node{Kind: String, Text: name, style: double}, value})
	}
	_, err := decoder.Token()
	return n, err
}

func listOf(decoder *json.Decoder, depth int) (*Node, error) {
	n := &Node{Kind: Sequence}
	for decoder.More() {
		item, err := fromJSON(decoder, depth+1)
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, item)
	}
	_, err := decoder.Token()
	return n, err
}
