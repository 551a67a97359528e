package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
)

func newServe() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "serve", Short: "Run the host", Args: exactly(0),
		Long: "serve runs the host until it is interrupted. SIGHUP compiles changed plugins\nand policies beside the old ones and swaps them in; what does not load leaves\nthe old in place. The file of a plugin needs no signal.",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := load(c.Context(), file)
			if err != nil {
				return faults(c, err)
			}
			hangup := make(chan os.Signal, 1)
			signal.Notify(hangup, syscall.SIGHUP) // before the start, which a reload must not end
			defer signal.Stop(hangup)
			log := newLog(c, cfg.Log.Level)
			h, err := host.New(c.Context(), host.Options{Config: cfg, Log: log})
			if err != nil {
				return faults(c, err)
			}
			go reloadOnHangup(c.Context(), h, hangup)
			return h.Run(c.Context(), func(at host.Addresses) {
				fmt.Fprintf(c.OutOrStdout(), "doorward serves %s on %s; health, readiness and metrics on %s\n", cfg.PublicURL, at.Public, at.Admin)
			})
		},
	}
	configFlag(c, &file)
	return c
}

func newLog(c *cobra.Command, level string) *slog.Logger {
	var min slog.Level
	if min.UnmarshalText([]byte(level)) != nil {
		min = slog.LevelInfo
	}
	log := slog.New(slog.NewJSONHandler(c.ErrOrStderr(), &slog.HandlerOptions{Level: min}))
	slog.SetDefault(log) // libraries log there
	return log
}

// reloadOnHangup swaps in changed plugins and policies at each SIGHUP. What
// went wrong is logged by the host.
func reloadOnHangup(ctx context.Context, h *host.Host, hangup <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			_ = h.Reload(ctx)
		}
	}
}
