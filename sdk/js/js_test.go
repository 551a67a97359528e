package js_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/hosttest/chromium"
)

// The script in a real browser, with a real host and two applications. Each
// part has a person of its own, who brings no cookies.
func TestInChromium(t *testing.T) {
	ctx := popups(t)
	s := newSite(t)
	for _, part := range []struct {
		name string
		test func(*testing.T, *site, *tab)
	}{
		{"session", testSession},
		{"module", testModule},
		{"proved", testProved},
		{"cancelled", testCancelled},
		{"ignored prompt", testIgnoredPrompt},
		{"edited address", testEditedAddress},
		{"forged message", testForgedMessage},
		{"someone else", testSomeoneElse},
		{"stranger here", testStrangerHere},
		{"level", testLevel},
		{"level held", testLevelHeld},
		{"level not held", testLevelNotHeld},
		{"max age", testMaxAge},
		{"challenge", testChallenge},
		{"challenge by max age", testChallengeByMaxAge},
		{"challenge of this host", testChallengeOfThisHost},
		{"no challenge", testNoChallenge},
		{"given up", testGivenUp},
		{"refused options", testRefusedOptions},
		{"redirect", testRedirect},
		{"redirect cancelled", testRedirectCancelled},
		{"blocked", testBlocked},
		{"keyboard", testKeyboard},
		{"events", testEvents},
		{"logout", testLogout},
		{"logout everywhere", testLogoutEverywhere},
		{"hidden", testHidden},
		{"host away", testHostAway},
		{"listening", testListening},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.test(t, s, person(t, ctx))
		})
	}
}

func testModule(t *testing.T, s *site, at *tab) {
	at.do("import it", chromedp.Navigate(s.wiki+"/module"), chromium.Until("window.imported === true"))
}

func (s *site) ignorePrompt() {
	s.corp.Set(func(k *hosttest.Knobs) { k.AuthTime = hosttest.IgnoresPrompt })
}
