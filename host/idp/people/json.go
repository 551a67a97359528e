package people

// People as JSON: whatever the store has of them.

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

var errJSON = fmt.Errorf(`the file must be a JSON object: {"format": %q, "people": [{"user_name": "ada"}]}`, formatName)

// jsonRows calls each for every person of a document, and head with its secret
// before the first. A fault of one person is given to each; the error returned
// is that of the file.
func jsonRows(r io.Reader, head func(secret []byte) error, each func(row, []column, error) error) error {
	in := json.NewDecoder(r)
	in.UseNumber()
	if token, err := in.Token(); err != nil || token != json.Delim('{') {
		return errJSON
	}
	var format string
	var secret []byte
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return errJSON
		}
		switch name {
		case "format":
			err = in.Decode(&format)
		case "secret":
			err = in.Decode(&secret)
		case "people":
			if format != formatName {
				return errJSON
			}
			if err := head(secret); err != nil {
				return err
			}
			err = jsonPeople(in, each)
			if err != nil {
				return err
			}
		default:
			return fmt.Errorf("the member %.64q is not known; known are format, secret and people, in that order", name)
		}
		if err != nil {
			return errJSON
		}
	}
	if _, err := in.Token(); err != nil {
		return errJSON
	}
	if format != formatName {
		return errJSON
	}
	return nil
}

func jsonPeople(in *json.Decoder, each func(row, []column, error) error) error {
	if token, err := in.Token(); err != nil || token != json.Delim('[') {
		return errJSON
	}
	for in.More() {
		var raw json.RawMessage
		if err := in.Decode(&raw); err != nil {
			return errors.New("the file is not JSON: it breaks off, or something is misspelt")
		}
		person, err := jsonRow(raw)
		if err := each(person, profile, err); err != nil {
			return err
		}
	}
	if _, err := in.Token(); err != nil {
		return errJSON
	}
	return nil
}

// profile are the columns of a JSON row: what is absent there is empty, but for
// secrets.
var profile = func() (cols []column) {
	for _, c := range columns {
		if c.put != nil {
			cols = append(cols, c)
		}
	}
	return cols
}()

func jsonRow(raw []byte) (person row, err error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&person)
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		return person, fmt.Errorf("%s must be a %s, not a %s", kind.Field, kind.Type, kind.Value)
	case err != nil:
		return person, fmt.Errorf("a person must be a JSON object with the members that docs/people.md lists")
	}
	return person, nil
}

// writeJSON writes people as JSON, with secret, the directory's own key, when
// there is one to write.
func writeJSON(w io.Writer, secret []byte, secrets bool, people func(func(Person) error) error) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "{\"format\":%q,", formatName)
	if secret != nil {
		fmt.Fprintf(out, "\"secret\":%q,", base64.StdEncoding.EncodeToString(secret))
	}
	out.WriteString("\"people\":[")
	separator := "\n"
	err := people(func(p Person) error {
		text, err := json.Marshal(rowOf(p, secrets))
		if err != nil {
			return err
		}
		out.WriteString(separator)
		separator = ",\n"
		_, err = out.Write(text)
		return err
	})
	if err != nil {
		return err
	}
	out.WriteString("\n]}\n")
	return out.Flush()
}
