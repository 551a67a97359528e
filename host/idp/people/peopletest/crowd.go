// Package peopletest fills a directory with people, for benchmarks.
package peopletest

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/people"
)

// Password is everybody's.
const Password = "mzkq uwhc pnre CANARY"

// UserName, Subject and Badge are those of the person number i. Neighbours of
// one of them are no neighbours of another, as it is with real people.
func UserName(i int) string { return fmt.Sprintf("user%07d", i) }
func Subject(i int) string  { return fmt.Sprintf("s%08x", uint32(i)*2654435761) }
func Badge(i int) string    { return fmt.Sprintf("b%07d", i) }

// Search is two words that fit more than a page of ten thousand people.
const Search = "wordx given"

// Sizes are how many people there are in the stores of a benchmark: 10, 10,000
// and the number of DOORWARD_BENCH_PEOPLE.
func Sizes(tb testing.TB) []int {
	sizes := []int{10, 10_000}
	if more := os.Getenv("DOORWARD_BENCH_PEOPLE"); more != "" {
		n, err := strconv.Atoi(more)
		if err != nil {
			tb.Fatal("DOORWARD_BENCH_PEOPLE: ", err)
		}
		sizes = append(sizes, n)
	}
	return sizes
}

// Fill imports n people into an empty directory, and says how long that took.
// They share one hash of a password, which costs what a new one does.
func Fill(tb testing.TB, d people.Directory, n int) time.Duration {
	tb.Helper()
	hash, err := people.HashPassword(Password)
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "people.csv")
	if err := write(path, n, hash); err != nil {
		tb.Fatal(err)
	}
	defer os.Remove(path)
	file, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	if err := d.Index(tb.Context()); err != nil { // as the first start does, before anybody is there
		tb.Fatal(err)
	}
	start := time.Now()
	report, err := people.Desk{Directory: d}.Import(tb.Context(), file, people.CSV, people.ImportOptions{})
	if err != nil || report.Added != n {
		tb.Fatalf("%+v %v", report, err)
	}
	return time.Since(start)
}

func write(path string, n int, hash string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	fmt.Fprintln(out, "user_name,subject,given_name,family_name,email,phone,groups,roles,badges,password_hash,claims.line")
	for i := range n {
		fmt.Fprintf(out, "%s,%s,Given%d,Wordx%d,%[1]s@plant.example,+1 555 %07[5]d,staff|line-%d,worker,%s,\"%s\",L%d\n",
			UserName(i), Subject(i), i%5000, i%90000, i, i%20, Badge(i), hash, i%20)
	}
	return out.Flush()
}
