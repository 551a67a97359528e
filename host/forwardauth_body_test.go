package host_test

import (
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// An admission has no body: nginx reads none of an answer to auth_request, and
// where there is one it makes a new connection for every question.
func TestForwardAuth_an_admission_has_no_body(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: trusting, Rest: applications})
	who := s.browser()
	who.echoed("https://wiki.example.test/page")
	answer := string(exchange(t, s.listen, question("", "__Host-doorward="+who.at("wiki.example.test", "__Host-doorward"))))
	if !strings.HasPrefix(answer, "HTTP/1.1 200 OK\r\n") || !strings.Contains(answer, "\r\nContent-Length: 0\r\n") || !strings.HasSuffix(answer, "\r\n\r\n") {
		t.Errorf("the admission is\n%s", answer)
	}
}
