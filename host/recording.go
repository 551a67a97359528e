// Recording logins: what a record knows of the rules that were in force.

package host

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/record"
)

// openRecorder opens the recorder, which records nothing when the configuration
// does not ask for it.
func (h *Host) openRecorder() *record.Recorder {
	c := h.options.recorder()
	c.Store, c.Keys, c.Log = h.store, h.keys, h.options.Log
	about := &recordedRules{rules: h.rules, fixed: h.options.revisions(h.replayKey), mappers: map[string]string{}}
	for name := range h.options.Config.Providers {
		about.mappers[name] = h.options.mappersRevision(name)
	}
	c.Complete = about.complete
	return record.Open(c)
}

// recorder is what the configuration says of recording.
func (o *Options) recorder() record.Config {
	c := record.Config{Now: o.Now}
	if r := o.Config.Record; r != nil {
		c.Keep, c.Max = r.Keep, r.Max
	}
	return c
}

// record is told of every walk that is over.
func (h *Host) record(_ context.Context, w login.Walked) { h.recorder.Add(w) }

// recordedRules is what records say of the rules.
type recordedRules struct {
	rules   *rules
	fixed   record.Revisions
	mappers map[string]string // revisions, by provider
}

// complete adds the revisions in force, and why the login cannot be replayed.
func (a *recordedRules) complete(r *record.Record) {
	idp := r.File.Login.IdP
	engine := a.rules.engine.Engine()
	r.Revisions = a.fixed
	r.Revisions.Policy = engine.Revision()
	r.Revisions.Mappers = a.mappers[idp]
	switch pipeline := a.rules.pipelines[idp]; {
	case pipeline != nil && pipeline.ReadsTokens():
		r.NotReplayable = record.ReasonMapperTokens
	case engine.ReadsTokens():
		r.NotReplayable = record.ReasonPolicyTokens
	}
}

// recordMetrics is what /metrics says of recorded logins.
type recordMetrics struct{ recorder *record.Recorder }

var (
	recordedDesc = prometheus.NewDesc("doorward_recorded_logins_total", "Logins recorded for replay.", nil, nil)
	unrecorded   = prometheus.NewDesc("doorward_recorded_logins_dropped_total", "Logins that were not recorded, by why; people signed in all the same.", []string{"why"}, nil)
	recordsKept  = prometheus.NewDesc("doorward_recorded_logins", "Recorded logins in the store.", nil, nil)
	recordsBytes = prometheus.NewDesc("doorward_recorded_logins_bytes", "Bytes of the recorded logins in the store.", nil, nil)
)

// Describe implements prometheus.Collector.
func (m recordMetrics) Describe(out chan<- *prometheus.Desc) {
	out <- recordedDesc
	out <- unrecorded
	out <- recordsKept
	out <- recordsBytes
}

// Collect implements prometheus.Collector.
func (m recordMetrics) Collect(out chan<- prometheus.Metric) {
	s := m.recorder.Stats()
	out <- prometheus.MustNewConstMetric(recordedDesc, prometheus.CounterValue, float64(s.Recorded))
	for why, n := range s.Dropped {
		out <- prometheus.MustNewConstMetric(unrecorded, prometheus.CounterValue, float64(n), why)
	}
	out <- prometheus.MustNewConstMetric(recordsKept, prometheus.GaugeValue, float64(s.Kept))
	out <- prometheus.MustNewConstMetric(recordsBytes, prometheus.GaugeValue, float64(s.Bytes))
}
