package host

import (
	"time"

	"github.com/doorward/doorward/host/plugin"
)

// used is what the calls of one or more modules took.
type used struct {
	took          time.Duration
	tookMost      time.Duration // of one call, as the following
	fuel          uint64
	fuelMost      int64
	memoryMost    int64 // bytes
	denied        uint64
	made, dropped uint64
}

func (u *used) add(more used) {
	u.took += more.took
	u.tookMost = max(u.tookMost, more.tookMost)
	u.fuel += more.fuel
	u.fuelMost = max(u.fuelMost, more.fuelMost)
	u.memoryMost = max(u.memoryMost, more.memoryMost)
	u.denied += more.denied
	u.made += more.made
	u.dropped += more.dropped
}

// usedBy is what the calls of one module took so far.
func usedBy(p *plugin.Plugin) used {
	s := p.Stats()
	return used{
		took: s.Took, tookMost: s.TookMax, fuel: s.Fuel, fuelMost: s.FuelMax, memoryMost: s.MemoryMax,
		denied: s.Denied, made: s.Pool.Made, dropped: s.Pool.Dropped,
	}
}
