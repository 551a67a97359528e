package people

// People as CSV (RFC 4180): a head, and a line for each person.

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const claimPrefix = "claims." // of a column that is one claim, a text

// csvRows calls each for every line, with the columns that the file has. A fault
// of one line is given to each; the error returned is that of the file.
func csvRows(r io.Reader, each func(row, []column, error) error) error {
	in, err := newCSV(r)
	if err != nil {
		return err
	}
	head, err := in.Read()
	if err != nil {
		return fmt.Errorf("the file has no head: its first line must name columns, user_name among them")
	}
	cols, err := headOf(head)
	if err != nil {
		return err
	}
	for {
		cells, err := in.Read()
		if err == io.EOF {
			return nil
		}
		var parse *csv.ParseError
		if err != nil && !errors.As(err, &parse) {
			return err
		}
		if err != nil && !errors.Is(err, csv.ErrFieldCount) { // where the next line begins is not known
			return fmt.Errorf("line %d: it is not CSV: check its quotation marks", parse.Line)
		}
		var person row
		if err != nil {
			err = fmt.Errorf("it has %d cells, and the head has %d", len(cells), len(cols))
		} else {
			err = fill(&person, cols, cells)
		}
		if err := each(person, cols, err); err != nil {
			return err
		}
	}
}

// newCSV reads with the separator of the head, a comma or a semicolon.
func newCSV(r io.Reader) (*csv.Reader, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	if bom, _ := buffered.Peek(3); string(bom) == "\ufeff" {
		_, _ = buffered.Discard(3)
	}
	start, err := buffered.Peek(4096)
	if err != nil && err != io.EOF {
		return nil, err
	}
	in := csv.NewReader(buffered)
	in.ReuseRecord = true
	if head, _, _ := strings.Cut(string(start), "\n"); strings.Contains(head, ";") && !strings.Contains(head, ",") {
		in.Comma = ';'
	}
	return in, nil
}

func headOf(names []string) (cols []column, err error) {
	for _, name := range names {
		name = strings.TrimSpace(name)
		col, known := columnOf(strings.ToLower(name))
		if claim, is := strings.CutPrefix(name, claimPrefix); is && claim != "" {
			col, known = claimColumn(claim), true
		}
		if !known {
			return nil, fmt.Errorf("the column %.64q is not known; known are %s, and claims.NAME", name, strings.Join(columnNames(), ", "))
		}
		if slices.ContainsFunc(cols, func(c column) bool { return c.name == col.name }) {
			return nil, fmt.Errorf("the column %s is there twice", col.name)
		}
		cols = append(cols, col)
	}
	if !slices.ContainsFunc(cols, func(c column) bool { return c.name == "user_name" }) {
		return nil, errors.New("the head names no column user_name")
	}
	return cols, nil
}

func columnNames() (names []string) {
	for _, c := range columns {
		names = append(names, c.name)
	}
	return names
}

// claimColumn is a column of one claim, whose cells are texts; an empty one
// takes the claim away.
func claimColumn(claim string) column {
	return column{
		name: claimPrefix + claim,
		set: func(r *row, cell string) error {
			if cell = strings.TrimSpace(cell); cell != "" {
				if r.Claims == nil {
					r.Claims = map[string]any{}
				}
				r.Claims[claim] = cell
			}
			return nil
		},
		put: func(r row, p *Person) {
			Change{Claims: map[string]any{claim: r.Claims[claim]}}.applyClaims(p)
		},
	}
}

func fill(r *row, cols []column, cells []string) error {
	for i, col := range cols {
		if err := col.set(r, strings.TrimSpace(cells[i])); err != nil {
			return fmt.Errorf("%s: %w", col.name, err)
		}
	}
	return nil
}

func flagOf(cell string) (bool, error) {
	switch strings.ToLower(cell) {
	case "true", "yes", "1":
		return true, nil
	case "false", "no", "0", "":
		return false, nil
	}
	return false, errors.New("it must be true, false, or empty")
}

// listOf reads a cell of items with | between, or a JSON array.
func listOf(cell string) (items []string, err error) {
	if strings.HasPrefix(cell, "[") {
		if err := unmarshal([]byte(cell), &items); err != nil {
			return nil, errors.New("it must be texts with | between, or a JSON array of texts")
		}
		return items, nil
	}
	for item := range strings.SplitSeq(cell, "|") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items, nil
}

func listCell(items []string) string {
	plain := func(item string) bool {
		return item != "" && strings.TrimSpace(item) == item && !strings.ContainsAny(item, "|") && !strings.HasPrefix(item, "[")
	}
	if !slices.ContainsFunc(items, func(item string) bool { return !plain(item) }) {
		return strings.Join(items, "|")
	}
	text, _ := json.Marshal(items) // texts can be written
	return string(text)
}

// writeCSV writes people as CSV; secrets are the password hashes.
func writeCSV(w io.Writer, secrets bool, people func(func(Person) error) error) error {
	out := csv.NewWriter(w)
	var cols []column
	var head []string
	for _, c := range columns {
		if !c.imported && (secrets || !c.secret) {
			cols, head = append(cols, c), append(head, c.name)
		}
	}
	if err := out.Write(head); err != nil {
		return err
	}
	cells := make([]string, len(cols))
	err := people(func(p Person) error {
		r := rowOf(p, secrets)
		for i, c := range cols {
			cells[i] = c.get(r)
		}
		return out.Write(cells)
	})
	out.Flush()
	return errors.Join(err, out.Error())
}
