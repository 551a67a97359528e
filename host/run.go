package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Addresses are where a running host listens.
type Addresses struct{ Public, Admin string }

const (
	shutdownTimeout = 10 * time.Second
	headerTimeout   = 5 * time.Second
)

// Run listens until ctx is done or a listener fails, and closes the host. It
// calls ready, unless nil, once all listeners are open.
func (h *Host) Run(ctx context.Context, ready func(Addresses)) error {
	public, admin, sock, err := h.listen()
	if err != nil {
		return errors.Join(err, h.Close(ctx))
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	adminServer := &http.Server{Handler: h.web.Admin(), ReadHeaderTimeout: headerTimeout}
	sockServer := &http.Server{Handler: h.commands(), ReadHeaderTimeout: headerTimeout}
	failed := make(chan error, 3)
	serve := func(what string, f func() error) {
		go func() {
			if err := f(); err != nil && !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("%s: %w", what, err)
			}
		}()
	}
	serve("listen", func() error { return h.web.Serve(public) })
	serve("admin_listen", func() error { return adminServer.Serve(admin) })
	serve("the admin socket", func() error { return sockServer.Serve(sock) })
	go h.sweep(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { h.watch(ctx) })
	if h.builtin != nil {
		watching.Go(func() { h.builtin.Run(ctx) })
	}
	if b := h.options.Config.Policies.Bundle; b != nil {
		watching.Go(func() { h.poll(ctx, b.Poll) })
	}
	if ready != nil {
		ready(Addresses{Public: public.Addr().String(), Admin: admin.Addr().String()})
	}
	select {
	case <-ctx.Done():
		err = nil
	case err = <-failed:
	}
	stop()
	watching.Wait() // a module that it compiles ends before its engine does
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	return errors.Join(err, adminServer.Shutdown(end), sockServer.Shutdown(end), sock.Close(), h.Close(end))
}

func (h *Host) listen() (public, admin, sock net.Listener, err error) {
	cfg := h.options.Config
	if public, err = net.Listen("tcp", cfg.Listen); err != nil {
		return nil, nil, nil, fmt.Errorf("listen: %w", err)
	}
	if admin, err = net.Listen("tcp", cfg.AdminListen); err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("admin_listen: %w", err), public.Close())
	}
	if sock, err = listenSocket(socket(cfg)); err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("the admin socket: %w", err), public.Close(), admin.Close())
	}
	return public, admin, sock, nil
}

// listenSocket opens a Unix socket that only its owner can use. A socket that
// a killed host left behind is replaced: the store's lock says that no other
// host runs. It gets its mode in a folder that nobody else can enter, and then
// its place: a umask would hold for everything that the process does meanwhile.
func listenSocket(path string) (net.Listener, error) {
	private := filepath.Join(filepath.Dir(path), ".sock")
	if err := errors.Join(os.RemoveAll(private), os.Mkdir(private, 0o700)); err != nil {
		return nil, err
	}
	made := filepath.Join(private, "s")
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(private))
	}
	ln.SetUnlinkOnClose(false) // made is not its place
	sock := &socketListener{Listener: ln, path: path}
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, path), os.Remove(private)); err != nil {
		return nil, errors.Join(err, sock.Close())
	}
	return sock, nil
}

// socketListener removes its socket when it is closed, once: later there may be
// another host's.
type socketListener struct {
	net.Listener
	path string
	once sync.Once
}

func (l *socketListener) Close() (err error) {
	l.once.Do(func() { err = errors.Join(remove(l.path), l.Listener.Close()) })
	return err
}

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// sweep removes expired records from the store until ctx is done.
func (h *Host) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := h.recorder.Sweep(ctx); err != nil && ctx.Err() == nil {
				h.options.Log.ErrorContext(ctx, "sweep the recorded logins", "error", err)
			}
			for swept := 1; swept > 0; {
				var err error
				if swept, err = h.store.Sweep(ctx); err != nil && ctx.Err() == nil {
					h.options.Log.ErrorContext(ctx, "sweep the store", "error", err)
				}
			}
		}
	}
}
