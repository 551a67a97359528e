package test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/doorward/doorward/sdk/abi"
)

// reader is a running testdata/vectors.c.
type reader struct {
	mu  sync.Mutex
	in  io.WriteCloser
	out *bufio.Reader
}

func newReader(t testing.TB) *reader {
	t.Helper()
	command := exec.Command(native(t, "exact", "testdata/vectors.c"))
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := command.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &reader{in: in, out: bufio.NewReader(out)}
}

// read is what the C reader makes of a document and of the value at a pointer.
func (r *reader) read(t testing.TB, document []byte, pointer string) string {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	record := append(append([]byte(pointer), 0), document...)
	if _, err := r.in.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(record))), record...)); err != nil {
		t.Fatal(err)
	}
	line, err := r.out.ReadString('\n')
	if err != nil {
		t.Fatalf("%q, %q: %v", document, pointer, err)
	}
	return strings.TrimSuffix(line, "\n")
}

// expected is the same line from sdk/abi. The lists of the C reader are all
// or nothing; of a text that is no JSON it may find a piece at a pointer, as
// abi.Find may, so what is there is compared in JSON only.
func expected(document abi.Raw, pointer, got string) string {
	valid := document.Check() == nil
	kind := document.Kind()
	if kind == 0 {
		kind = '-'
	}
	line := fmt.Sprintf("%d %c", btoi(valid), kind)
	text, ok := document.Text()
	line += field(text, ok)
	number, ok := document.Number()
	line += field(number, ok)
	if n, ok := document.Int(); ok {
		line += fmt.Sprint(" ", n)
	} else {
		line += " -"
	}
	if b, ok := document.Bool(); ok {
		line += fmt.Sprint(" ", btoi(b))
	} else {
		line += " -"
	}
	texts, ok := document.Texts()
	line += list(texts, ok && valid) + members(document, valid) + elements(document, valid)
	if !valid {
		return line + got[strings.LastIndexByte(got, ' '):]
	}
	value, ok := document.Get(pointer)
	return line + field(string(value), ok)
}

func members(document abi.Raw, valid bool) string {
	var flat []string
	ok := document.Members(func(name string, value abi.Raw) bool {
		flat = append(flat, name, string(value))
		return true
	})
	return list(flat, ok && valid)
}

func elements(document abi.Raw, valid bool) string {
	var flat []string
	ok := document.Elements(func(_ int, value abi.Raw) bool {
		flat = append(flat, string(value))
		return true
	})
	return list(flat, ok && valid)
}

func list(texts []string, ok bool) string {
	var out []byte
	for _, text := range texts {
		out = abi.AppendString(append(out, ','), text)
	}
	return field("["+strings.TrimPrefix(string(out), ",")+"]", ok)
}

func field(text string, ok bool) string {
	if !ok {
		return " -"
	}
	return " x" + hex.EncodeToString([]byte(text))
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func compare(t *testing.T, r *reader, document []byte, pointer string) {
	t.Helper()
	got := r.read(t, document, pointer)
	if want := expected(document, pointer, got); got != want {
		t.Errorf("%q at %q: got\n%s\nwant\n%s", document, pointer, got, want)
	}
}

func TestReaderAgreesWithTheDecoder(t *testing.T) {
	r := newReader(t)
	for _, document := range documents(t) {
		compare(t, r, document, "/a/0")
		for cut := range min(len(document), 300) { // every beginning of it
			compare(t, r, document[:cut], "")
		}
	}
	for _, pointer := range []string{"", "/", "/a", "/a/0", "/a/01", "/a/-", "/a/9999999999", "a", "/~", "/~2", "/x~1y~0", "/é", "/a/1/b", "/a/2", "/e"} {
		compare(t, r, []byte(`{"":1,"a":[ 0 , {"b":"\""}],"x\/y~":2,"\u00e9":3,"e":[]}`), pointer)
	}
}

func TestReaderOnThePointersOfTheBoundary(t *testing.T) {
	var vectors []struct{ Document, Pointer string }
	text, err := os.ReadFile("../../abi/testdata/pointers.json")
	if err == nil {
		err = json.Unmarshal(text, &vectors)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(t)
	for _, v := range vectors {
		document, err := os.ReadFile(filepath.Join("../../abi/testdata", v.Document))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, r, document, v.Pointer)
	}
}

// documents are texts of every kind, valid ones and others.
func documents(t testing.TB) [][]byte {
	t.Helper()
	all := [][]byte{}
	for _, text := range []string{
		`0`, `-0`, `01`, `1.`, `1.5e+7`, `1e`, `-`, `.5`, `9223372036854775807`, `9223372036854775808`, `-9223372036854775808`, `-9223372036854775809`,
		`true`, `truex`, `tru`, `false`, ` null `, `nul`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`, `"\ud83dx\ude00"`, `"\u12G4"`, `"\x"`,
		"\"\x00\"", "\"\x1f\"", "\"\x7f\"", "\"\xc2\x80\"", "\"\xc1\xbf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xf0\x8f\xbf\xbf\"", "\"\xe2\x82\"", "\"\xff\"",
		`"abcdefg\n"`, `"abcdefgh\u0041ijklmnopq"`, `"abcdefg"x`, `[]`, `[,]`, `[1,]`, `[1 2]`, `["a","b\n"]`, `["a",1]`, `["a"`, `["a"] x`, `{}`, `{,}`, `{"a"}`, `{"a":}`, `{"a":1,}`,
		`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"b":{"a":1,"a":2}}`, `[{"a":[{"x":1,"x":2}]}]`, `{"a":[{"b":1},{"b":2}],"b":{"a":1}}`, "\ufeff1", ` { "a" : [ "b" , { } ] } `, `{"a":1}{`, `]`, `}`, ``, ` `,
	} {
		all = append(all, []byte(text))
	}
	for _, depth := range []int{64, 65} {
		all = append(all, []byte(strings.Repeat("[", depth)+strings.Repeat("]", depth)),
			[]byte(strings.Repeat(`{"a":`, depth)+"1"+strings.Repeat("}", depth)))
	}
	all = append(all, []byte(strings.Repeat("[", 20000)))
	for _, count := range []int{63, 64, 65, 66, 300} { // around where names are sorted
		all = append(all, many(count, ""), many(count, `,"k0":1`), many(count, fmt.Sprintf(`,"k%d":1`, count-1)), many(count, fmt.Sprintf(`,"\u006b%d":1`, count/2)))
	}
	files, err := filepath.Glob("../../abi/testdata/golden/*/input.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden inputs", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}

func many(count int, more string) []byte {
	var out bytes.Buffer
	for i := range count {
		fmt.Fprintf(&out, `,"k%d":{"k0":%d}`, i, i)
	}
	return []byte("{" + out.String()[1:] + more + "}")
}

// What the C reader says of any text is what sdk/abi says.
func FuzzReader(f *testing.F) {
	r := newReader(f)
	for _, document := range documents(f) {
		f.Add(document, "/a/0")
	}
	f.Fuzz(func(t *testing.T, document []byte, pointer string) {
		if strings.Contains(pointer, "\x00") || len(pointer) > abi.MaxPointer {
			return
		}
		compare(t, r, document, pointer)
	})
}
