// The instances of a plugin that wait for a call.

package plugin

import "sync"

// Pool is a plugin's instances.
type Pool struct {
	Idle    int    // wait for a call
	Busy    int    // are in one
	Made    uint64 // since the plugin was opened
	Dropped uint64 // thrown away since: after a trap, a limit, or a change that cannot be undone
}

// pool is a stack: the instance that was used last is the warmest. The places
// for concurrent calls bound it.
type pool struct {
	mu    sync.Mutex
	idle  []*instance
	count Pool
}

// take returns an idle instance, nil when there is none.
func (p *pool) take() *instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count.Busy++
	last := len(p.idle) - 1
	if last < 0 {
		return nil
	}
	i := p.idle[last]
	p.idle[last], p.idle = nil, p.idle[:last]
	return i
}

func (p *pool) made() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count.Made++
}

// leave says that a call found no instance.
func (p *pool) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count.Busy--
}

// put takes an instance back from a call.
func (p *pool) put(i *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count.Busy--
	p.idle = append(p.idle, i)
}

// drop closes an instance after a call.
func (p *pool) drop(i *instance) {
	i.close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count.Busy--
	p.count.Dropped++
}

// stock adds an instance that has not been called.
func (p *pool) stock(i *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count.Made++
	p.idle = append(p.idle, i)
}

func (p *pool) stats() Pool {
	p.mu.Lock()
	defer p.mu.Unlock()
	count := p.count
	count.Idle = len(p.idle)
	return count
}

// close closes the idle instances.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.idle {
		i.close()
	}
	p.idle = nil
}
