package host_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/idp/people/peopletest"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/store"
)

// BenchmarkPeople is a host with 10, 10,000 and DOORWARD_BENCH_PEOPLE people: its
// start, what `doorward user list` asks of it while it runs, and its memory.
func BenchmarkPeople(b *testing.B) {
	for _, n := range peopletest.Sizes(b) {
		b.Run(fmt.Sprintf("people=%d", n), func(b *testing.B) {
			with := staff(b)
			with.Quiet = true
			s := newSite(b, hosttest.NewProvider(b), with)
			s.crowd(n)
			b.Run("memory-after-a-start", reportMemory)
			b.Run("start", func(b *testing.B) {
				for range b.N {
					b.StopTimer()
					s.stop()
					b.StartTimer()
					s.start()
				}
			})
			cfg := s.options().Config
			for _, ask := range []struct {
				name string
				what host.PeopleRequest
				want int
			}{
				{"list", host.PeopleRequest{Do: "list", Limit: 50}, min(n, 50)},
				{"list-from-the-middle", host.PeopleRequest{Do: "list", After: peopletest.UserName(n / 2), Limit: 50}, min(n/2-1, 50)},
				{"search", host.PeopleRequest{Do: "list", Query: peopletest.Search, Limit: 50}, min(n, 50)},
				{"search-one", host.PeopleRequest{Do: "list", Query: peopletest.UserName(n / 2), Limit: 50}, 1},
				{"search-nobody", host.PeopleRequest{Do: "list", Query: "nobody", Limit: 50}, 0},
				{"show", host.PeopleRequest{Do: "show", UserName: peopletest.UserName(n / 2)}, 1},
			} {
				b.Run(ask.name, func(b *testing.B) {
					for range b.N {
						if answer, err := host.People(b.Context(), cfg, ask.what, nil); err != nil || len(answer.People) < ask.want {
							b.Fatal(len(answer.People), err)
						}
					}
				})
			}
		})
	}
}

// crowd stops the host, puts n people into its store, and starts it again.
func (s *site) crowd(n int) {
	s.t.Helper()
	s.stop()
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	st, err := store.Open(cfg.Store.Path, store.Options{InsecureNoSync: true})
	if err != nil {
		s.t.Fatal(err)
	}
	keys, err := keyring.Open(cfg.HostKeyFile)
	if err != nil {
		s.t.Fatal(err)
	}
	took := peopletest.Fill(s.t, people.Directory{Store: st, Keys: keys}, n)
	info, err := os.Stat(cfg.Store.Path)
	if err = errors.Join(err, st.Close()); err != nil {
		s.t.Fatal(err)
	}
	s.t.Logf("%d people: imported in %s, a file of %d MiB", n, took.Round(time.Millisecond), info.Size()>>20)
	s.start()
}

// reportMemory is this process's: its own, and what the system keeps of the
// store's file for it, which it takes back when others need it.
func reportMemory(b *testing.B) {
	runtime.GC() // twice, for what is pooled
	debug.FreeOSMemory()
	file, err := os.Open("/proc/self/status")
	if err != nil {
		b.Fatal(err) // Linux has it
	}
	defer file.Close()
	b.ReportMetric(0, "ns/op")
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, rest, _ := strings.Cut(lines.Text(), ":")
		var kib float64
		if name == "RssAnon" || name == "RssFile" {
			_, _ = fmt.Sscan(rest, &kib)
			b.ReportMetric(kib/1024, name+"-MiB")
		}
	}
}
