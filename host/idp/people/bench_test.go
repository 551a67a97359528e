package people

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/doorward/doorward/host/store"
)

// BenchmarkPassword is one check of a password at the cost of a new hash.
func BenchmarkPassword(b *testing.B) {
	hash, err := HashPassword("correct horse battery")
	must(b, err)
	h := NewHasher(HashesAtOnce, HashesWait)
	for b.Loop() {
		if ok, err := h.Matches(b.Context(), hash, "correct horse battery"); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

// BenchmarkCost is one hash at each of the costs that OWASP calls equal, and at
// those that RFC 9106, section 4, recommends, the first one cut to what a stored
// hash may cost.
func BenchmarkCost(b *testing.B) {
	for _, cost := range []Cost{
		{46 * 1024, 1, 1}, {19 * 1024, 2, 1}, {12 * 1024, 3, 1}, {9 * 1024, 4, 1}, {7 * 1024, 5, 1},
		{64 * 1024, 3, 1}, {64 * 1024, 3, 4}, {256 * 1024, 1, 4},
	} {
		b.Run(fmt.Sprintf("m=%dMiB,t=%d,p=%d", cost.Memory/1024, cost.Time, cost.Threads), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := cost.Hash("correct horse battery"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAmong finds, lists, searches and changes people while 10 and 10 000
// are in the store, and as many as DOORWARD_BENCH_PEOPLE says: 1000000 take some
// minutes and 2 GB of disk to fill. With -v, how long that took, the first start,
// an export and the size of the file are told beside.
func BenchmarkAmong(b *testing.B) {
	sizes := []int{10, 10_000}
	if n, err := strconv.Atoi(os.Getenv("DOORWARD_BENCH_PEOPLE")); err == nil {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprintf("people=%d", n), func(b *testing.B) {
			d := filled(b, n)
			name := func() string { return fmt.Sprintf("user%07d", rand.IntN(n)) }
			for _, step := range []struct {
				what string
				do   func() error
			}{
				{"name", func() error { _, err := d.Person(b.Context(), name()); return err }},
				{"subject", func() error { _, err := d.BySubject(b.Context(), "s-"+name()); return err }},
				{"badge", func() error { _, err := d.ByBadge(b.Context(), "b"+name()); return err }},
				{"page", func() error { _, err := d.Search(b.Context(), "", name(), 50); return err }},
				{"search", func() error { _, err := d.Search(b.Context(), "wordx given", "", 50); return err }},
				{"change", func() error {
					return d.Update(b.Context(), name(), func(p *Person) error { p.Name = strconv.Itoa(rand.Int()); return nil })
				}},
				{"start", func() error {
					return d.Keep(b.Context(), Person{UserName: "conf", Subject: "c", PasswordHash: oneHash})
				}},
			} {
				b.Run(step.what, func(b *testing.B) {
					for b.Loop() {
						if err := step.do(); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

var oneHash = cheapHash("x")

// filled is a durable store that n people were imported into.
func filled(b *testing.B, n int) Directory {
	b.Helper()
	path := filepath.Join(b.TempDir(), "people.db")
	s, err := store.Open(path, store.Options{})
	must(b, err)
	b.Cleanup(func() { _ = s.Close() })
	d := Desk{Directory: Directory{Store: s, Keys: newKeys(b)}}
	must(b, d.Index(b.Context())) // as the first start does, before anybody is there
	file := benchFile(b, n)
	start := time.Now()
	report, err := d.Import(b.Context(), file, CSV, ImportOptions{})
	if err != nil || report.Added != n {
		b.Fatalf("%+v %v", report, err)
	}
	took := time.Since(start)
	start = time.Now()
	must(b, d.Keep(b.Context(), Person{UserName: "conf", Subject: "c", PasswordHash: oneHash}))
	first := time.Since(start)
	start = time.Now()
	_, err = d.Export(b.Context(), io.Discard, JSON, ExportOptions{Secrets: true})
	must(b, err)
	info, err := os.Stat(path)
	must(b, err)
	b.Logf("%d people: imported in %s, first start %s, exported in %s, %d MiB of file", n, took.Round(time.Millisecond), first.Round(time.Millisecond),
		time.Since(start).Round(time.Millisecond), info.Size()>>20)
	return d.Directory
}

func benchFile(b *testing.B, n int) io.ReadSeeker {
	b.Helper()
	file, err := os.Create(filepath.Join(b.TempDir(), "people.csv"))
	must(b, err)
	b.Cleanup(func() { _ = file.Close() })
	out := bufio.NewWriter(file)
	fmt.Fprintln(out, "user_name,subject,given_name,family_name,email,groups,badges,password_hash")
	for i := range n {
		fmt.Fprintf(out, "user%07d,s-user%07d,Given%d,Wordx%d,user%07d@plant.example,staff|line-%d,buser%07d,\"%s\"\n", i, i, i%5000, i%90000, i, i%20, i, oneHash)
	}
	must(b, out.Flush())
	_, err = file.Seek(0, io.SeekStart)
	must(b, err)
	return file
}
