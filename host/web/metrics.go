package web

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/doorward/doorward/host/login"
)

// metrics are counted by stable names only: routes, codes, providers, steps.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	faults   *prometheus.CounterVec
	logins   *prometheus.CounterVec
	steps    *prometheus.HistogramVec
	renewed  *prometheus.CounterVec

	mu      sync.RWMutex // of those below, which are made when they first count
	known   map[outcome]series
	faulted map[login.Code]prometheus.Counter
}

// outcome is how a request went.
type outcome struct {
	route  string
	status int
}

// series are what an outcome counts in. They are kept: finding them by their
// labels each time takes longer than counting.
type series struct {
	requests prometheus.Counter
	took     prometheus.Observer
}

func newMetrics() *metrics {
	m := &metrics{
		known:    map[outcome]series{},
		faulted:  map[login.Code]prometheus.Counter{},
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "doorward_http_requests_total", Help: "Answered requests by route and status."}, []string{"route", "status"}),
		took:     prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "doorward_http_request_seconds", Help: "Time to answer by route.", Buckets: buckets}, []string{"route"}),
		faults:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "doorward_faults_total", Help: "Requests that ended in an error, by code."}, []string{"code"}),
		logins:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "doorward_logins_total", Help: "Answered logins by provider, purpose and outcome (ok or a code)."}, []string{"provider", "purpose", "outcome"}),
		steps:    prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "doorward_login_step_seconds", Help: "Time of each step of the walk.", Buckets: buckets}, []string{"step"}),
	}
	m.renewed = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "doorward_refreshes_total", Help: "Refreshes of sessions by provider, what was asked for (session or api) and outcome (ok or a code)."}, []string{"provider", "what", "outcome"})
	m.registry.MustRegister(m.requests, m.took, m.faults, m.logins, m.steps, m.renewed,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

var buckets = []float64{.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 5, 15}

func (m *metrics) request(route string, status int, took time.Duration) {
	at := outcome{route, status}
	m.mu.RLock()
	s, ok := m.known[at]
	m.mu.RUnlock()
	if !ok {
		s = series{m.requests.WithLabelValues(route, strconv.Itoa(status)), m.took.WithLabelValues(route)}
		m.mu.Lock()
		m.known[at] = s
		m.mu.Unlock()
	}
	s.requests.Inc()
	s.took.Observe(took.Seconds())
}

func (m *metrics) fault(code login.Code) {
	m.mu.RLock()
	counter, ok := m.faulted[code]
	m.mu.RUnlock()
	if !ok {
		counter = m.faults.WithLabelValues(string(code))
		m.mu.Lock()
		m.faulted[code] = counter
		m.mu.Unlock()
	}
	counter.Inc()
}

func (m *metrics) login(req login.AuthRequest, err error, trace *login.Trace) {
	outcome := "ok"
	if err != nil {
		outcome = string(login.CodeOf(err))
	}
	m.logins.WithLabelValues(req.Provider, string(req.Purpose), outcome).Inc()
	for _, e := range trace.Entries() {
		m.steps.WithLabelValues(e.Step).Observe(e.Took.Seconds())
	}
}

// refresh counts one refresh: of a session, or of a token for an API.
func (m *metrics) refresh(provider string, api bool, err error, trace *login.Trace) {
	outcome, what := "ok", "session"
	if err != nil {
		outcome = string(login.CodeOf(err))
	}
	if api {
		what = "api"
	}
	m.renewed.WithLabelValues(provider, what, outcome).Inc()
	for _, e := range trace.Entries() {
		m.steps.WithLabelValues(e.Step).Observe(e.Took.Seconds())
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
