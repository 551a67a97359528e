// Testing again whenever something changes.

package author

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// watchEvery is how often the project's files are looked at.
const watchEvery = 300 * time.Millisecond

// Watch tests the project, and again after each change of its files, until ctx
// is done. An error of one round is written to said and ends nothing.
func (p *Project) Watch(ctx context.Context, h *Host, o TestOptions, out, said io.Writer) error {
	seen := p.state()
	for {
		if o.Module == "" && !o.AsIs && p.stale() {
			fmt.Fprintf(out, "building %s\n", p.Module())
		}
		_, err := p.Test(ctx, h, o, out, said)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			fmt.Fprintf(said, "doorward: %v\n", err)
		}
		fmt.Fprintln(out, "waiting for a change; Ctrl-C ends")
		if seen = p.changed(ctx, seen); ctx.Err() != nil {
			return nil
		}
		if again, err := Open(p.Dir); err != nil {
			fmt.Fprintf(said, "doorward: %v\n", err)
		} else {
			*p = *again
		}
	}
}

// changed waits until the files are others than those seen, or ctx is done.
// What changes from then on is a change again.
func (p *Project) changed(ctx context.Context, seen string) string {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		if now := p.state(); now != seen {
			return now
		}
		select {
		case <-ctx.Done():
			return seen
		case <-ticker.C:
		}
	}
}

// state changes with each file's name, size and time. What --update writes is
// no change: it came from here.
func (p *Project) state() string {
	var files int
	var size int64
	var newest time.Time
	var names uint64
	p.walk(func(path string, info fs.FileInfo) {
		if info.Name() == outputFile {
			return
		}
		files++
		size += info.Size()
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
		for i := range len(path) {
			names = names*31 + uint64(path[i])
		}
	})
	return fmt.Sprint(files, size, names, newest.UnixNano())
}
