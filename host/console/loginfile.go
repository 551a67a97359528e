// The login file of a test: what plugins and policies can be tried with again.

package console

import "github.com/doorward/doorward/host/login"

// loginFile is the file of what a walk yielded, or nil when it has no
// document, or one that is too large for a file.
func loginFile(y login.Yield, request login.Request) []byte {
	f, ok := login.FileOf(y, request)
	if !ok {
		return nil
	}
	text, err := f.Encode()
	if err != nil {
		return nil
	}
	return text
}
