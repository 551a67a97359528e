package web

import (
	"net/url"
	"strings"
	"testing"
)

func TestIdentityValuesCannotBreakTheirHeader(t *testing.T) {
	for value, want := range map[string]string{
		"ada": "ada", "": "", "Ada Lovelace": "Ada Lovelace", "a,b": "a%2Cb", "100%": "100%25", "%2C": "%252C",
		"a\r\nX-Doorward-User: eve": "a%0D%0AX-Doorward-User: eve", "nul\x00": "nul%00", "\x7f": "%7F", "Zoë": "Zo%C3%AB",
		" ada": "%20ada", "ada ": "ada%20", " ": "%20", "\tada": "%09ada", "a;b=\"c\"": "a;b=\"c\"", "\xff": "%FF",
	} {
		if got := encodeItem(value); got != want {
			t.Errorf("%q is encoded as %q, want %q", value, got, want)
		}
	}
	if got := encodeList([]string{"a,b", "", "c"}); got != "a%2Cb,,c" {
		t.Errorf("a list is encoded as %q", got)
	}
}

func FuzzIdentityItem(f *testing.F) {
	for _, s := range []string{"ada", "a,b", "%", "\r\n", "é", " x "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, item string) {
		encoded := encodeItem(item)
		if strings.ContainsFunc(encoded, func(r rune) bool { return r < ' ' || r >= 0x7f || r == ',' }) || encoded != strings.TrimSpace(encoded) {
			t.Errorf("%q is encoded as %q", item, encoded)
		}
		if back, err := url.PathUnescape(encoded); err != nil || back != item {
			t.Errorf("%q comes back as %q (%v)", item, back, err)
		}
	})
}

func TestOurCookiesStayBehind(t *testing.T) {
	for header, want := range map[string]string{
		"": "", "theme=dark": "theme=dark", "__Host-doorward=x": "", "a=1; __Host-doorward=x; b=2": "a=1; b=2",
		"__Host-doorward-start-00=x;a=1": "a=1", "doorward-8080=x; doorward-8080-trail=y; doorward=mine": "doorward=mine",
		"a=1;;; b=2;": "a=1; b=2", " __Host-doorward = x ; a=1": "a=1", "doorward-shop=1": "doorward-shop=1", "noname": "noname",
		"a=\"; __Host-doorward=x; \"": "a=\"; \"",
	} {
		if got := string(foreign([][]byte{[]byte(header)})); got != want {
			t.Errorf("%q goes on as %q, want %q", header, got, want)
		}
	}
	if got := string(foreign([][]byte{[]byte("a=1"), []byte("__Host-doorward=x; b=2")})); got != "a=1; b=2" {
		t.Errorf("two headers go on as %q", got)
	}
}
