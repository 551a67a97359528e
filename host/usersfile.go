// Files of people over the admin socket, and on the store of a host that does
// not run.

package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
)

// maxImport is the largest file of people, in bytes: several million of them.
const maxImport = 4 << 30

// ImportPeople imports a file of people, through the running host when there is
// one; audit is as for People. Faults of rows are in the report alone.
func ImportPeople(ctx context.Context, cfg *config.Config, file io.Reader, format people.Format, o people.ImportOptions, audit func(context.Context, login.Event)) (report people.Report, err error) {
	if _, err := builtinOf(cfg); err != nil {
		return report, err
	}
	query := url.Values{"format": {string(format)}, "replace": {strconv.FormatBool(o.Replace)}, "dry_run": {strconv.FormatBool(o.DryRun)}}
	what := request{method: http.MethodPost, path: "/people/import?" + query.Encode()}
	resp, err := send(ctx, socket(cfg), what, struct{ io.Reader }{file}) // which the client does not close
	if notRunning(err) {
		err = withDesk(ctx, cfg, audit, func(d people.Desk) error {
			report, err = spooled(ctx, cfg, d, file, format, o)
			return err
		})
		return report, err
	}
	var raw []byte
	if err == nil {
		raw, err = answered(resp)
	}
	if err == nil {
		err = json.Unmarshal(raw, &report)
	}
	return report, asked(err)
}

// notRunning reports whether nobody listens on the admin socket.
func notRunning(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}

// spooled imports a file that can be read once: it is looked at whole before
// anything of it is written.
func spooled(ctx context.Context, cfg *config.Config, d people.Desk, file io.Reader, format people.Format, o people.ImportOptions) (report people.Report, err error) {
	spool, err := os.CreateTemp(filepath.Dir(cfg.Store.Path), ".people-*") // mode 0600
	if err != nil {
		return report, fmt.Errorf("keep the file for a moment: %w", err)
	}
	defer func() { err = errors.Join(err, spool.Close(), os.Remove(spool.Name())) }()
	n, err := io.Copy(spool, io.LimitReader(file, maxImport+1))
	if err == nil && n > maxImport {
		err = fmt.Errorf("the file has more than %d bytes: split it", int64(maxImport))
	}
	if err == nil {
		_, err = spool.Seek(0, io.SeekStart)
	}
	if err != nil {
		return report, fmt.Errorf("read the file: %w", err)
	}
	return d.Import(ctx, spool, format, o)
}

func (h *Host) importPeople(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	o := people.ImportOptions{Replace: query.Get("replace") == "true", DryRun: query.Get("dry_run") != "false"}
	report, err := spooled(r.Context(), h.options.Config, h.desk("command", ""), r.Body, people.Format(query.Get("format")), o)
	answer(w, report, err)
}

// exportPeople answers with the file. One that breaks off ends the connection,
// so that nobody takes a part for the whole.
func (h *Host) exportPeople(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	w.Header().Set("Content-Type", "application/octet-stream")
	err := exported(r.Context(), h.desk("command", ""), w, people.Format(query.Get("format")), people.ExportOptions{Secrets: query.Get("secrets") == "true"})
	if err != nil {
		h.options.Log.ErrorContext(r.Context(), "the export of people broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
}

// exported exports, and tells.
func exported(ctx context.Context, d people.Desk, w io.Writer, format people.Format, o people.ExportOptions) error {
	n, err := d.Export(ctx, w, format, o)
	if err == nil && d.Told != nil {
		d.Told(ctx, people.Exported, people.Person{}, n)
	}
	return err
}

// ExportPeople writes everybody to w, through the running host when there is
// one; audit is as for People.
func ExportPeople(ctx context.Context, cfg *config.Config, w io.Writer, format people.Format, o people.ExportOptions, audit func(context.Context, login.Event)) error {
	if _, err := builtinOf(cfg); err != nil {
		return err
	}
	query := url.Values{"format": {string(format)}, "secrets": {strconv.FormatBool(o.Secrets)}}
	resp, err := ask(ctx, socket(cfg), request{method: http.MethodPost, path: "/people/export?" + query.Encode()})
	if notRunning(err) {
		return withDesk(ctx, cfg, audit, func(d people.Desk) error { return exported(ctx, d, w, format, o) })
	}
	if err != nil {
		return asked(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("ask the running host: it answered %s", resp.Status)
	}
	_, err = io.Copy(w, resp.Body)
	return err
}
