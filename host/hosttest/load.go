// Load: a client for benchmarks, in a process of its own.

package hosttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Job is requests that a Load sends: Count of them, over Connections that are
// kept alive, each after the answer to the one before.
type Job struct {
	Addr        string
	Connections int
	Count       int
	Request     []byte // whole, without a body; ValueMark stands for one of the values
	Values      string // a file of them, one a line; "" for none
	Among       int    // how many of its first lines count
	Cold        bool   // each of these comes once before any comes again; otherwise any may come
	Want        string // how each answer begins
}

// ValueMark is replaced in a Job's request.
const ValueMark = "{value}"

// Done is what a Job took. CPU is the client's own.
type Done struct {
	Took  time.Duration
	CPU   time.Duration
	Error string
}

// Load is a client in a child process, so that what a server allocates and
// costs is not mixed with it. It uses one processor at most.
type Load struct {
	t   testing.TB
	in  *json.Encoder
	out *json.Decoder
}

const loadEnv = "DOORWARD_TEST_LOAD"

// ServeLoad is the child: TestMain of every package that calls NewLoad calls it
// first. In any other process it does nothing.
func ServeLoad() {
	if os.Getenv(loadEnv) == "" {
		return
	}
	runtime.GOMAXPROCS(1)
	in, out, c := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout), client{open: map[string]*pool{}, values: map[string][][]byte{}}
	for {
		var job Job
		if err := in.Decode(&job); err != nil { // the parent is done, or gone
			os.Exit(0)
		}
		done, err := c.run(job)
		if err != nil {
			done.Error = err.Error()
		}
		if err := out.Encode(done); err != nil {
			os.Exit(1)
		}
	}
}

// NewLoad starts the child; it ends with the test.
func NewLoad(t testing.TB) *Load {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env, cmd.Stderr = append(os.Environ(), loadEnv+"=1"), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	return &Load{t: t, in: json.NewEncoder(in), out: json.NewDecoder(out)}
}

// Run sends a job's requests. An answer that is not the one that was wanted
// fails the test.
func (l *Load) Run(job Job) (done Done) {
	l.t.Helper()
	err := l.in.Encode(job)
	if err == nil {
		err = l.out.Decode(&done)
	}
	if err == nil && done.Error != "" {
		err = errors.New(done.Error)
	}
	if err != nil {
		l.t.Fatalf("load on %s: %v", job.Addr, err)
	}
	return done
}

// client is what the child keeps from one job to the next.
type client struct {
	open   map[string]*pool // by address
	values map[string][][]byte
}

type pool struct {
	conns []net.Conn
	used  time.Time
}

const maxUnused = 20 * time.Second // servers close connections after a minute and more

func (c *client) run(job Job) (done Done, err error) {
	next, err := c.requests(job)
	if err != nil {
		return done, err
	}
	p, err := c.pool(job.Addr, job.Connections)
	if err != nil {
		return done, err
	}
	var left atomic.Int64
	left.Store(int64(job.Count))
	var wg sync.WaitGroup
	errs := make([]error, job.Connections)
	cpu, start := CPU(), time.Now()
	for i := range job.Connections {
		wg.Go(func() {
			conn := connection{conn: p.conns[i], want: []byte(job.Want), buf: make([]byte, 64<<10)}
			request := make([]byte, 0, len(job.Request)+256)
			for errs[i] == nil && left.Add(-1) >= 0 {
				request = next(request[:0])
				errs[i] = conn.ask(request)
			}
		})
	}
	wg.Wait()
	done.Took, done.CPU = time.Since(start), CPU()-cpu
	p.used = time.Now()
	return done, errors.Join(errs...)
}

// pool is n connections to addr, opened unless they are there.
func (c *client) pool(addr string, n int) (*pool, error) {
	p := c.open[addr]
	if p == nil {
		p = &pool{}
		c.open[addr] = p
	}
	if time.Since(p.used) > maxUnused {
		for _, conn := range p.conns {
			conn.Close()
		}
		p.conns = nil
	}
	for len(p.conns) < n {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return nil, err
		}
		p.conns = append(p.conns, conn)
	}
	return p, nil
}

// requests returns what appends the next request.
func (c *client) requests(job Job) (func([]byte) []byte, error) {
	if job.Values == "" {
		return func(b []byte) []byte { return append(b, job.Request...) }, nil
	}
	if c.values[job.Values] == nil {
		text, err := os.ReadFile(job.Values)
		if err != nil {
			return nil, err
		}
		c.values[job.Values] = bytes.Fields(text)
	}
	values := c.values[job.Values]
	if job.Among < 1 || job.Among > len(values) {
		return nil, fmt.Errorf("the file has %d values, and the first %d are wanted", len(values), job.Among)
	}
	values = values[:job.Among]
	before, after, _ := bytes.Cut(job.Request, []byte(ValueMark))
	at := func() int { return rand.IntN(len(values)) }
	if job.Cold {
		var turn atomic.Int64
		turn.Store(rand.Int64N(int64(len(values))))
		at = func() int { return int(turn.Add(1) * 7919 % int64(len(values))) } // a prime: neighbours in the file are no neighbours here
	}
	return func(b []byte) []byte { return append(append(append(b, before...), values[at()]...), after...) }, nil
}

// connection asks and reads.
type connection struct {
	conn net.Conn
	want []byte
	buf  []byte
}

// ask sends a request and reads the whole answer, which must say its length.
func (c *connection) ask(request []byte) error {
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	n, whole := 0, -1
	for whole < 0 || n < whole {
		if n == len(c.buf) {
			return errors.New("the answer is too long")
		}
		more, err := c.conn.Read(c.buf[n:])
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("%w after %.200q", err, c.buf[:n])
		}
		n += more
		if whole < 0 {
			whole = length(c.buf[:n])
		}
	}
	if n != whole || !bytes.HasPrefix(c.buf[:n], c.want) {
		return fmt.Errorf("an answer begins %.200q", c.buf[:n])
	}
	return nil
}

// length is that of a whole answer, or -1 while its head is not there.
func length(answer []byte) int {
	end := bytes.Index(answer, []byte("\r\n\r\n"))
	if end < 0 {
		return -1
	}
	at := bytes.Index(answer[:end+2], []byte("\r\nContent-Length: "))
	if at < 0 {
		return end + 4 // without a body
	}
	value, _, _ := bytes.Cut(answer[at+len("\r\nContent-Length: "):], []byte("\r\n"))
	n, err := strconv.Atoi(string(value))
	if err != nil {
		return end + 4
	}
	return end + 4 + n
}

// CPU is the processor time that this process has used so far, the kernel's
// on its behalf included.
func CPU() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
