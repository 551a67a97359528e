package host_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

const atOnce = 200

// BenchmarkParallelAtTheEnd is 200 requests of one session at once, through the
// whole host: while the access token is good, and in turn when it has just
// ended, when all of them wait for one refresh at a provider in process over
// TLS. Each is a tab or a script of its own, on a connection of its own.
func BenchmarkParallelAtTheEnd(b *testing.B) {
	const life = 100 // seconds
	short := func(tokens map[string]any) { tokens["expires_in"] = life }
	s := newSite(b, refreshable(b, func(k *hosttest.Knobs) { k.EditTokens, k.Refreshing.EditTokens = short, short }), refreshing(""))
	who := s.browser()
	who.echoed("https://wiki.example.test/page")
	request := question("", "__Host-doorward="+who.at("wiki.example.test", "__Host-doorward"))
	clients := make([]*http.Client, atOnce)
	for i := range clients {
		clients[i] = &http.Client{Transport: &http.Transport{}}
	}
	burst := func() time.Duration {
		var all sync.WaitGroup
		start := time.Now()
		for _, client := range clients {
			all.Go(func() {
				if err := sendOn(client, s.listen, request); err != nil {
					b.Error(err)
				}
			})
		}
		all.Wait()
		return time.Since(start)
	}
	burst() // connections
	var fresh, ended time.Duration
	before := s.refreshes()
	b.ResetTimer()
	for range b.N {
		fresh += burst()
		s.idp.Clock.Advance(life * time.Second)
		ended += burst()
	}
	b.StopTimer()
	if n := s.refreshes() - before; n != b.N {
		b.Errorf("%d refreshes for %d ends", n, b.N)
	}
	b.ReportMetric(float64(fresh.Microseconds())/float64(b.N)/1000, "fresh-ms/200")
	b.ReportMetric(float64(ended.Microseconds())/float64(b.N)/1000, "ended-ms/200")
	b.ReportMetric(float64(s.refreshes()-before)/float64(b.N), "refreshes/end")
}

// sendOn sends a request that is written out, and holds that it is let through.
func sendOn(client *http.Client, addr string, request []byte) error {
	parsed, err := http.NewRequest(http.MethodGet, "http://"+addr+"/auth", nil)
	if err != nil {
		return err
	}
	for _, line := range bytes.Split(request, []byte("\r\n"))[1:] {
		name, value, _ := bytes.Cut(line, []byte(": "))
		if string(name) == "Host" {
			parsed.Host = string(value)
		} else if len(name) > 0 {
			parsed.Header.Set(string(name), string(value))
		}
	}
	resp, err := client.Do(parsed)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s, %v", resp.Status, err)
	}
	return nil
}
