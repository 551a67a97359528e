package web

import (
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// What browsers demand of __Host- cookies rests on the first bytes of a name:
// a name that only looks like ours is another host's to set.
func TestT16_only_our_own_cookies_are_ours(t *testing.T) {
	app := fiber.New()
	k := newCookies("https://wiki.example.com")
	handle := strings.Repeat("A", 43)
	for name, want := range map[string]string{
		"__Host-doorward": handle, " __Host-doorward": handle, "\t__Host-doorward ": handle,
		"\u2000__Host-doorward": "", "\u00a0__Host-doorward": "", "\u3000__Host-doorward": "", "\u0085__Host-doorward": "", "\ufeff__Host-doorward": "",
		"\v__Host-doorward": "", "\f__Host-doorward": "", "__Host-doorward\u2000": "", "__host-doorward": "", "\"__Host-doorward\"": "",
	} {
		c := app.AcquireCtx(&fasthttp.RequestCtx{})
		c.Request().Header.Set("Cookie", "theme=dark;"+name+"="+handle+"; x=y")
		if got := k.handle(c); got != want {
			t.Errorf("%q is taken for %q", name, got)
		}
		app.ReleaseCtx(c)
	}
	c := app.AcquireCtx(&fasthttp.RequestCtx{})
	defer app.ReleaseCtx(c)
	c.Request().Header.Set("Cookie", "__Host-doorward="+handle+"; __Host-doorward="+handle)
	if got := k.handle(c); got != "" {
		t.Errorf("of two handles %q is believed", got)
	}
}
