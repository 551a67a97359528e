package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host/idp/people"
)

func newUser() *cobra.Command {
	return group("user", "Work on the built-in provider's people", &cobra.Command{
		Use: "hash", Short: "Read a password from standard input and print its hash", Args: exactly(0),
		Long: "hash prints the argon2id hash of the password on the first line of standard\ninput, for password_hash in a people file.",
		RunE: func(c *cobra.Command, _ []string) error {
			line, err := bufio.NewReader(io.LimitReader(c.InOrStdin(), 4096)).ReadString('\n')
			if err != nil && !errors.Is(err, io.EOF) {
				return fmt.Errorf("read the password: %w", err)
			}
			password := strings.TrimRight(line, "\r\n")
			if password == "" {
				return usageError{errors.New("the password on standard input is empty")}
			}
			hash, err := people.HashPassword(password)
			if err != nil {
				return err
			}
			fmt.Fprintln(c.OutOrStdout(), hash)
			return nil
		},
	})
}
