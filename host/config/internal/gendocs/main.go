// Command gendocs writes the configuration's JSON schema and pages into the
// folder it is given.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/config/internal/keys"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gendocs FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}

func write(docs string) error {
	folder := filepath.Join(docs, "configuration")
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(docs, "doorward.schema.json"), config.Schema(), 0o644); err != nil {
		return err
	}
	for name, text := range keys.Pages() {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
