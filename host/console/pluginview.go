// The view of one plugin, in words.

package console

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/doorward/doorward/host/plugin"
)

// pluginView is the content of a plugin's page.
type pluginView struct {
	Name, Description string
	State             pluginState
	Refused           *moment // the last reload
	Why               string
	Facts             []fact
	Grants            []grantRow
	Limits            []limitRow
	Calls             []fact
	Failures          []failureRow
	Kinds             []kindRow
}

// pluginState is whether a plugin is asked.
type pluginState struct {
	Text   string
	Bad    bool
	Remark string
}

// grantRow is one source, and whether the plugin has it or wants it.
type grantRow struct {
	Source         string
	Granted, Needs bool
}

// limitRow is one limit, and how near a call came to it.
type limitRow struct {
	Name, Key string
	Limit     string
	Most      string // "" when it is not measured
	Share     float64
	Percent   string
}

type failureRow struct {
	At         moment
	Kind, Said string
}

type kindRow struct{ Kind, Means, Count string }

func pluginViewOf(p Plugin) pluginView {
	v := pluginView{
		Name: p.Info.Name, State: stateOf(p), Facts: pluginFacts(p), Grants: grants(p), Limits: limits(p), Calls: calls(p), Why: p.Reload.Why,
	}
	if p.Info.Metadata != nil {
		v.Description = p.Info.Metadata.Description
	}
	if !p.Reload.Refused.IsZero() {
		at := momentOf(p.Reload.Refused)
		v.Refused = &at
	}
	for _, f := range p.Failures {
		v.Failures = append(v.Failures, failureRow{momentOf(f.At), f.Kind, f.Said})
	}
	for kind, n := range p.Usage.Failed {
		v.Kinds = append(v.Kinds, kindRow{kind, failureKinds[kind], grouped(n)})
	}
	slices.SortFunc(v.Kinds, func(a, b kindRow) int { return strings.Compare(a.Kind, b.Kind) })
	return v
}

func stateOf(p Plugin) pluginState {
	var s pluginState
	switch p.Breaker.State {
	case "open":
		s = pluginState{Text: "left alone until " + p.Breaker.Until.UTC().Format("15:04:05 UTC"), Bad: true,
			Remark: fmt.Sprintf("%d calls in a row failed.", p.Breaker.Streak)}
	case "half-open":
		s = pluginState{Text: "tried by one login at a time", Bad: true, Remark: fmt.Sprintf("%d calls in a row failed.", p.Breaker.Streak)}
	default:
		s = pluginState{Text: "asked at every login"}
		if p.Breaker.Streak > 1 {
			s.Remark = fmt.Sprintf("The last %d calls failed.", p.Breaker.Streak)
		}
	}
	return s
}

// pluginFacts says what the plugin is.
func pluginFacts(p Plugin) []fact {
	i := p.Info
	list := []fact{{Name: "Module", Text: withoutQuery(i.Module), Mono: true}, {Name: "SHA-256", Text: i.SHA256, Mono: true}, {Name: "Kind", Text: kinds[i.Kind]}}
	if m := i.Metadata; m != nil {
		list = append(list, fact{Name: "Calls itself", Text: strings.TrimSpace(m.Name + " " + m.Version)}, fact{Name: "License", Text: cmp.Or(m.License, "it names none")})
		if m.Deny {
			list = append(list, fact{Name: "Denies", Text: "it may refuse logins"})
		}
	} else {
		list = append(list, fact{Name: "Calls itself", Text: "nothing: the module has no section doorward.plugin"})
	}
	warmUp := grouped(uint64(i.WarmFuel)) + " of fuel"
	if i.WarmUp != nil {
		warmUp += "; it failed on that document, which is tolerated"
		if i.WarmWhy != "" {
			warmUp += ": " + i.WarmWhy
		}
	}
	list = append(list,
		fact{Name: "Size", Text: bytesText(i.Size) + "; " + bytesText(i.Rewritten) + " as it runs, with its meter"},
		fact{Name: "Isolation", Text: isolation(p)},
		fact{Name: "Image", Text: bytesText(i.Image) + " of memory, which every call begins with"},
		fact{Name: "Warm-up", Text: warmUp},
		fact{Name: "Loaded", Text: loaded(i)})
	if p.Reload.Swapped.IsZero() {
		list = append(list, fact{Name: "Runs since", Text: "the start of this host"})
	} else {
		at := momentOf(p.Reload.Swapped)
		list = append(list, fact{Name: "Runs since", Time: &at})
	}
	used := "no mapper of any provider"
	if len(p.Providers) > 0 {
		used = strings.Join(p.Providers, ", ")
	}
	onError := "ends the login"
	if p.Skip {
		onError = "is skipped, and the login goes on without it"
	}
	return append(list, fact{Name: "Used by", Text: used}, fact{Name: "A failure", Text: onError})
}

// withoutQuery is a module's address without what may be a key to it.
func withoutQuery(module string) string {
	if before, _, has := strings.Cut(module, "?"); has && strings.Contains(module, "://") {
		return before + "?…"
	}
	return module
}

// isolation says what keeps one call's traces from the next.
func isolation(p Plugin) string {
	text := traits[p.Info.Traits]
	if p.Info.Traits == plugin.Pooled || p.Info.Traits == plugin.FreshOnImage {
		text += " (" + p.Isolation + ")"
	}
	return text
}

var traits = map[plugin.Traits]string{
	plugin.Pooled:       "pooled: each call ends with its instance put back to the image",
	plugin.FreshOnImage: "fresh on the image: calls change what cannot be put back, so most get a new instance",
	plugin.Replayed:     "replayed: each call gets a new instance, initialised and warmed up again",
	plugin.Fresh:        "fresh: each call gets a new instance",
}

func loaded(i plugin.Info) string {
	if i.FromCache {
		return "in " + took(i.Loaded) + ", from the cache"
	}
	return "in " + took(i.Loaded) + ", " + took(i.Compiled) + " of them to compile it"
}

var kinds = map[plugin.Kind]string{
	plugin.Reactor: "reactor: it exports map", plugin.Command: "command: it reads standard input",
}

// grants lists the sources that the plugin has or wants.
func grants(p Plugin) (rows []grantRow) {
	for _, source := range []string{"idTokenClaims", "userInfo", "tokenEndpointResponse", "authnResponse", "claimSources"} {
		row := grantRow{Source: source, Granted: slices.Contains(p.Sources, source)}
		if p.Info.Metadata != nil {
			row.Needs = slices.Contains(p.Info.Metadata.Sources, source)
		}
		rows = append(rows, row)
	}
	return rows
}

// limits compares what one call took at most with what it may.
func limits(p Plugin) []limitRow {
	l, u := p.Limits, p.Usage
	key := func(name string) string { return "plugins." + p.Info.Name + ".limits." + name }
	rows := []limitRow{
		{Name: "Time", Key: key("timeout"), Limit: took(l.Timeout), Most: took(u.TookMost), Share: share(u.TookMost, l.Timeout)},
		{Name: "Fuel", Key: key("fuel"), Limit: grouped(uint64(l.Fuel)) + ", and " + grouped(uint64(l.FuelPerByte)) + " a byte of input", Most: grouped(uint64(u.FuelMost))},
		{Name: "Memory", Key: key("memory"), Limit: bytesText(l.Memory), Most: bytesText(u.MemoryMost), Share: share(u.MemoryMost, l.Memory)},
		{Name: "Input", Key: key("input"), Limit: bytesText(l.Input)},
		{Name: "Result", Key: key("output"), Limit: bytesText(l.Output)},
		{Name: "Calls at once", Key: key("concurrent"), Limit: grouped(uint64(l.Concurrent)), Most: fmt.Sprintf("%d now", p.Pool.Busy), Share: share(p.Pool.Busy, l.Concurrent)},
	}
	if u.Reached == 0 {
		rows[0].Most, rows[1].Most, rows[2].Most = "", "", ""
	}
	for i := range rows {
		if rows[i].Share > 0 {
			rows[i].Percent = fmt.Sprintf("%.0f\u00a0%%", 100*rows[i].Share)
		}
	}
	return rows
}

func share[T int | int64 | time.Duration](of, limit T) float64 {
	if limit <= 0 {
		return 0
	}
	return min(1, float64(of)/float64(limit))
}

// calls says how the calls went, and what holds the instances.
func calls(p Plugin) []fact {
	u := p.Usage
	return []fact{
		{Name: "Calls", Text: grouped(u.Calls)},
		{Name: "Failed", Text: grouped(u.failures())},
		{Name: "Denied", Text: grouped(u.Denied)},
		{Name: "Time on average", Text: cmp.Or(average(u), "none yet")},
		{Name: "Fuel on average", Text: cmp.Or(averageFuel(u), "none yet")},
		{Name: "Instances", Text: fmt.Sprintf("%d idle, %d busy; %s made and %s thrown away", p.Pool.Idle, p.Pool.Busy, grouped(p.Pool.Made), grouped(p.Pool.Dropped))},
	}
}

func average(u Usage) string {
	if u.Reached == 0 {
		return ""
	}
	return took(u.Took / time.Duration(u.Reached))
}

func averageFuel(u Usage) string {
	if u.Reached == 0 {
		return ""
	}
	return grouped(u.Fuel / u.Reached)
}
