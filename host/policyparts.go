// What /readyz and /metrics say of the policies in use.

package host

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/doorward/doorward/host/web"
)

// policyPart names the policies in use. A refused reload makes nothing unready:
// those in use go on.
func (r *rules) policyPart() web.Part {
	s := r.policies
	s.mu.Lock()
	defer s.mu.Unlock()
	p := web.Part{Ready: true, Revision: r.engine.Engine().Revision()}
	if s.inUse != nil {
		p.Revision += ", bundle " + s.inUse.Revision
	}
	if s.refused != nil {
		p.Detail = "the last attempt to change them was refused, and those in use stay: " + readable(s.refused)
	}
	return p
}

// policyMetrics tells of the policies in use.
type policyMetrics struct{ rules *rules }

var (
	policyInfo    = prometheus.NewDesc("doorward_policy_info", "The policies in use: always 1.", []string{"revision", "bundle"}, nil)
	policyRefused = prometheus.NewDesc("doorward_policy_refused", "1 while the last attempt to change the policies was refused.", nil, nil)
	policySince   = prometheus.NewDesc("doorward_policy_since_seconds", "When the policies in use came into use, in Unix seconds.", nil, nil)
)

func (policyMetrics) Describe(to chan<- *prometheus.Desc) {
	to <- policyInfo
	to <- policyRefused
	to <- policySince
}

func (m policyMetrics) Collect(to chan<- prometheus.Metric) {
	s := m.rules.policies
	s.mu.Lock()
	defer s.mu.Unlock()
	bundle, refused := "", 0.0
	if s.inUse != nil {
		bundle = s.inUse.Revision
	}
	if s.refused != nil {
		refused = 1
	}
	to <- prometheus.MustNewConstMetric(policyInfo, prometheus.GaugeValue, 1, m.rules.engine.Engine().Revision(), bundle)
	to <- prometheus.MustNewConstMetric(policyRefused, prometheus.GaugeValue, refused)
	to <- prometheus.MustNewConstMetric(policySince, prometheus.GaugeValue, float64(s.since.Unix()))
}
