// The bounded memory of Live: least recently used first to go, with an index
// by session.

package policy

import "container/list"

// cache is not safe for concurrent use.
type cache struct {
	byID      map[id]*list.Element
	order     *list.List            // of *entry, most recently used first
	bySession map[string]*list.List // of *entry, oldest first
}

type entry struct {
	id      id
	session string
	kept    *kept
	inOrder *list.Element
	inIndex *list.Element
}

// limits are how many entries there may be, in all and for one session.
type limits struct{ total, session int }

func newCache() cache {
	return cache{byID: map[id]*list.Element{}, order: list.New(), bySession: map[string]*list.List{}}
}

func (c *cache) len() int { return c.order.Len() }

func (c *cache) get(which id) (*kept, bool) {
	element, ok := c.byID[which]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(element)
	return element.Value.(*entry).kept, true
}

func (c *cache) put(which id, session string, k *kept, limit limits) {
	if element, ok := c.byID[which]; ok {
		element.Value.(*entry).kept = k
		c.order.MoveToFront(element)
		return
	}
	index := c.bySession[session]
	if index == nil {
		index = list.New()
		c.bySession[session] = index
	}
	s := &entry{id: which, session: session, kept: k}
	s.inIndex, s.inOrder = index.PushBack(s), c.order.PushFront(s)
	c.byID[which] = s.inOrder
	if index.Len() > limit.session {
		c.drop(index.Front().Value.(*entry).inOrder)
	}
	if c.order.Len() > limit.total {
		c.drop(c.order.Back())
	}
}

func (c *cache) drop(element *list.Element) {
	s := c.order.Remove(element).(*entry)
	delete(c.byID, s.id)
	index := c.bySession[s.session]
	index.Remove(s.inIndex)
	if index.Len() == 0 {
		delete(c.bySession, s.session)
	}
}

func (c *cache) forget(session string) {
	index := c.bySession[session]
	for index != nil && index.Len() > 0 {
		c.drop(index.Front().Value.(*entry).inOrder)
	}
}
