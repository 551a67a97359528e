// What the host alone says of a level: its own levels, groups, and configured
// grants.

package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/login"
)

// byGrant is the configured grant of path to this person.
func (x *explainer) byGrant(path string) []RuleReport {
	doc := x.facts.Document
	if doc == nil || !slices.Contains(x.e.grants[doc.Person], path) {
		return nil
	}
	person := doc.Person
	return []RuleReport{x.settle(RuleReport{By: login.ByGrant, Level: path, Person: &person,
		Detail: "granted to this person in the configuration"}, path, "")}
}

// byHost is what the host alone decides.
func (x *explainer) byHost(path string) []RuleReport {
	report := RuleReport{Verdict: Granted, Level: path}
	if _, ok := x.held[path]; !ok {
		report.Verdict = DidNotHold
	}
	no := report.Verdict == DidNotHold
	role, isRole := strings.CutPrefix(path, roles+"/")
	zone, isZone := strings.CutPrefix(path, zones+"/")
	switch {
	case path == public:
		report.By, report.Verdict, report.Detail = login.ByHost, Granted, "everyone holds it"
	case path == authenticated:
		report.By, report.Detail = login.ByHost, either(no, "nobody is signed in", "somebody is signed in")
	case isRole:
		report.By, report.Detail = login.ByRole, either(no, fmt.Sprintf("the user has no role %q", role), "a role of the user")
		report.Values = x.userRoles()
		if no {
			report = x.settle(report, path, "")
			report.Verdict = either(report.Reason == "", DidNotHold, NotGranted)
		}
	case isZone:
		report.By, report.Detail = login.ByHost, either(no, fmt.Sprintf("the request is not from zone %q", zone), "a zone of the request")
		report.Values = []Value{{Name: "input.request.zones", Value: listed(x.facts.Request.Zones)}}
	case x.e.tree.groups(path):
		report.By, report.Detail = login.ByGroup, x.inGroup(path)
	default:
		return nil
	}
	return []RuleReport{report}
}

func (x *explainer) userRoles() []Value {
	if x.facts.Document == nil || x.facts.User == nil || x.facts.User.Roles == nil {
		return []Value{{Name: "input.user.roles", Missing: true}}
	}
	masked := x.facts.Document.Sources.Secrets()
	list, _ := masked.Mask(x.facts.User.Roles).([]string)
	return []Value{{Name: "input.user.roles", Value: listed(list)}}
}

func (x *explainer) inGroup(path string) string {
	var held, all []string
	for other := range x.held {
		if strings.HasPrefix(other, path+"/") {
			held = append(held, other)
		}
	}
	for _, other := range x.e.tree.rulable {
		if strings.HasPrefix(other, path+"/") {
			all = append(all, other)
		}
	}
	slices.Sort(held)
	switch {
	case len(held) > 0:
		return "a group: " + named(held) + " is held"
	case len(all) > 0:
		return "a group: none of " + named(all) + " is held"
	}
	return "a group: no level in it is held"
}

// named lists the first few of names.
func named(names []string) string {
	if len(names) > 5 {
		return strings.Join(names[:5], ", ") + fmt.Sprintf(" (and %d more)", len(names)-5)
	}
	return strings.Join(names, ", ")
}

func either[T any](condition bool, yes, no T) T {
	if condition {
		return yes
	}
	return no
}
