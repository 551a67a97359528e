package host

// CloseStore takes the store away from a running host, as a disk that fails
// does.
func (h *Host) CloseStore() error { return h.store.Close() }
