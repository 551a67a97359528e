package login

import (
	"context"
	"sync"
	"time"
)

// Trace is what happened in one login, step by step. Test login, audit,
// explain and replay all read it. It is safe for concurrent use.
type Trace struct {
	Now       func() time.Time // time.Now when nil
	RequestID string           // of the HTTP request that the walk answers
	mu        sync.Mutex
	entries   []Entry
	yielded   Yield
}

// Yield is what a walk had made when it ended, however it ended: a member is
// nil when the walk did not come so far. Nothing in it is redacted.
type Yield struct {
	Document *Document
	User     *User
	Decision *Decision
	At       time.Time // of the decision

	CreatedAt   int64 // of the session that the decision is about, in Unix seconds; zero when it is a new one
	Interrupted bool  // see Interrupted
}

// Entry is one step of a Trace. In, Out and Detail are already redacted by
// the step that wrote them.
type Entry struct {
	Step  string         `json:"step"`
	At    time.Time      `json:"at"`
	Took  time.Duration  `json:"tookNanoseconds"`
	In    map[string]any `json:"in,omitempty"`
	Out   map[string]any `json:"out,omitempty"`
	Notes []string       `json:"notes,omitempty"`
	Code  Code           `json:"code,omitempty"`
	Error string         `json:"error,omitempty"`
}

// Entries is a copy of the steps so far, in the order in which they began.
func (t *Trace) Entries() []Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Entry(nil), t.entries...)
}

// Failed lists the steps that failed, those that a login survived included.
func (t *Trace) Failed() (failed []Entry) {
	for _, e := range t.Entries() {
		if e.Code != "" {
			failed = append(failed, e)
		}
	}
	return failed
}

// Yielded is what the walk has made so far. What it refers to is shared and
// must not be changed.
func (t *Trace) Yielded() Yield {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.yielded
}

// yield notes what the walk has made, if anybody listens.
func yield(ctx context.Context, note func(*Yield)) {
	if t := traceOf(ctx); t != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		note(&t.yielded)
	}
}

// yieldDocument notes a copy: the walk goes on to change its own.
func yieldDocument(ctx context.Context, doc Document) {
	yield(ctx, func(y *Yield) { y.Document = &doc })
}

type traceKey struct{}

// WithTrace returns a context whose steps are recorded in t.
func WithTrace(ctx context.Context, t *Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

// traceOf is the trace that ctx carries, or nil.
func traceOf(ctx context.Context) *Trace {
	t, _ := ctx.Value(traceKey{}).(*Trace)
	return t
}

// Step is an open entry of a trace. All its methods may be called when ctx
// carried no trace; then they do nothing.
type Step struct {
	t     *Trace
	index int
	start time.Time
}

// Begin opens the step called name in the trace that ctx carries.
func Begin(ctx context.Context, name string) *Step {
	t := traceOf(ctx)
	if t == nil {
		return &Step{}
	}
	now := time.Now
	if t.Now != nil {
		now = t.Now
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = append(t.entries, Entry{Step: name, At: now()})
	return &Step{t: t, index: len(t.entries) - 1, start: time.Now()}
}

// In records what went into the step; the caller has redacted it.
func (s *Step) In(key string, value any) {
	s.edit(func(e *Entry) { put(&e.In, key, value) })
}

// Out records what came out of the step; the caller has redacted it.
func (s *Step) Out(key string, value any) {
	s.edit(func(e *Entry) { put(&e.Out, key, value) })
}

// Note records a remark, such as a path that mapped nothing.
func (s *Step) Note(note string) {
	s.edit(func(e *Entry) { e.Notes = append(e.Notes, note) })
}

// End closes the step, with err when it failed. It returns err, so that
// "return step.End(err)" reads well.
func (s *Step) End(err error) error {
	s.edit(func(e *Entry) {
		e.Took = time.Since(s.start)
		if err != nil {
			e.Code, e.Error = CodeOf(err), err.Error()
			if check := CheckOf(err); check != "" {
				put(&e.Out, "check", check)
			}
		}
	})
	return err
}

func (s *Step) edit(change func(*Entry)) {
	if s.t == nil {
		return
	}
	s.t.mu.Lock()
	defer s.t.mu.Unlock()
	change(&s.t.entries[s.index])
}

func put(m *map[string]any, key string, value any) {
	if *m == nil {
		*m = map[string]any{}
	}
	(*m)[key] = value
}
