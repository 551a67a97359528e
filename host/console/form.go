// Forms that carry texts: multipart, because percent-encoding would make a
// login file three times as long.

package console

import (
	"fmt"
	"mime/multipart"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

// texts parses a multipart form strictly: every field known, none twice, no
// file. Lines end in \n in it, whatever the browser sent.
func texts(c *fiber.Ctx, known ...string) (map[string]string, error) {
	form, err := multipartForm(c)
	if err != nil {
		return nil, err
	}
	if len(form.File) > 0 {
		return nil, login.NewFault(login.CodeParameterInvalid, "the form takes no files")
	}
	return valuesOf(form, known)
}

func multipartForm(c *fiber.Ctx) (*multipart.Form, error) {
	if !strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
		return nil, login.NewFault(login.CodeParameterInvalid, "the form must be sent as %s", fiber.MIMEMultipartForm)
	}
	if len(c.Request().Header.ContentEncoding()) > 0 { // it would be unpacked without a bound
		return nil, login.NewFault(login.CodeParameterInvalid, "the form must be sent as it is, without a content encoding")
	}
	form, err := c.MultipartForm()
	if err != nil {
		return nil, login.NewFault(login.CodeParameterInvalid, "the form cannot be read")
	}
	return form, nil
}

func valuesOf(form *multipart.Form, known []string) (map[string]string, error) {
	values := map[string]string{}
	for name, list := range form.Value {
		switch {
		case !slices.Contains(known, name):
			return nil, login.NewFault(login.CodeParameterInvalid, "an unknown field; known are %s", strings.Join(known, ", "))
		case len(list) > 1:
			return nil, login.NewFault(login.CodeParameterDuplicate, "%s is given more than once", name)
		}
		values[name] = strings.ReplaceAll(list[0], "\r\n", "\n")
	}
	return values, nil
}

// tooLong says that a text is longer than it may be, or "".
func tooLong(what, text string, most int) string {
	if len(text) <= most {
		return ""
	}
	return fmt.Sprintf("%s has %s, more than the %s that fit here: use doorward policy eval and explain for it.", what, bytesText(int64(len(text))), bytesText(int64(most)))
}
