// Device authorization (RFC 8628): the device's request, and the page where a
// person types the code.

package web

import (
	"context"
	"errors"
	"math"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/native"
)

// deviceAuthorization gives a device its two codes (section 3.2).
func (s *Server) deviceAuthorization(c *fiber.Ctx) error {
	codes, err := s.letWait(c)
	if err != nil {
		return s.refuseProgram(c, err)
	}
	address := s.config.PublicURL.String() + native.DevicePath
	return c.JSON(fiber.Map{
		"device_code": codes.Device, "user_code": codes.User,
		"verification_uri": address, "verification_uri_complete": address + "?" + url.Values{"user_code": {codes.User}}.Encode(),
		"expires_in": codes.Expires - s.config.Now().Unix(), "interval": int(native.DeviceInterval / time.Second),
	})
}

func (s *Server) letWait(c *fiber.Ctx) (codes native.Codes, err error) {
	form, err := fields(c.BodyRaw())
	if err != nil {
		return codes, err
	}
	app, err := s.program(c, form)
	if err != nil {
		return codes, err
	}
	if !slices.Contains(app.Clients, clientDevice) {
		return codes, errClientKind
	}
	ask, err := s.ask(app, form)
	if err != nil {
		return codes, err
	}
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	return s.config.Programs.NewDevice(ctx, ask, s.addressOf(c))
}

// devicePage asks for the code. One in the address is only filled in: no link
// signs a device in, and none finds out whether a code is right.
func (s *Server) devicePage(c *fiber.Ctx) error {
	query, err := parameters(c.Request().URI().QueryString(), "user_code")
	if err != nil {
		return err
	}
	return s.askCode(c, fiber.StatusOK, query.Get("user_code"), "")
}

func (s *Server) askCode(c *fiber.Ctx, status int, code, why string) error {
	return s.page(c, status, deviceCodeTemplate, pageHead("Sign in to a device"), map[string]any{"Code": shownCode(code), "Why": why})
}

// deviceForm takes what a person does on the pages of a device.
func (s *Server) deviceForm(c *fiber.Ctx) error {
	if err := ownOrigin(c, s.config.Origins.public); err != nil {
		return err
	}
	form, err := parameters(c.BodyRaw(), "do", "code", programField, "idp")
	if err != nil {
		return err
	}
	switch form.Get("do") {
	case "find":
		return s.findDevice(c, form.Get("code"))
	case "undo":
		return s.undo(c, form.Get(programField))
	}
	a, err := s.askedAbout(form.Get(programField))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	switch form.Get("do") {
	case "allow":
		if _, err := s.config.Programs.Device(ctx, a.Program.Device); err != nil {
			return deviceGone(err)
		}
		return s.signInProgram(c, a, form.Get("idp"))
	case "refuse":
		if err := s.config.Programs.Deny(ctx, a.Program.Device); err != nil {
			return deviceGone(err)
		}
		s.config.Audit(s.base, login.Event{Type: "program_refused", App: a.Ask.App, RequestID: requestID(c)})
		return s.deviceRefused(c)
	}
	return login.NewFault(login.CodeParameterInvalid, "do must be find, allow, refuse or undo")
}

func (s *Server) deviceRefused(c *fiber.Ctx) error {
	return s.page(c, fiber.StatusOK, programDoneTemplate, pageHead("The device is not signed in"), map[string]any{"Refused": true, "Device": true})
}

// findDevice looks for the device that shows the code, and asks about it.
func (s *Server) findDevice(c *fiber.Ctx, code string) error {
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	d, err := s.config.Programs.ByUserCode(ctx, code, s.guessers(c)...)
	var wait *native.Wait
	switch {
	case errors.As(err, &wait):
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(wait.For.Seconds()))))
		return s.refuseCode(c, code, login.NewFault(login.CodeRateLimited, "%w", wait))
	case errors.Is(err, native.ErrGrant):
		return s.refuseCode(c, code, deviceGone(err))
	case err != nil:
		return err
	}
	a := question{Ask: d.Ask, Program: login.Program{Device: d.ID, UserCode: native.ShownCode(code)}, Expires: d.Expires}
	return s.askAbout(c, native.DevicePath, a, d.From, time.Unix(d.Created, 0))
}

// refuseCode asks for the code again.
func (s *Server) refuseCode(c *fiber.Ctx, code string, err error) error {
	fault := login.CodeOf(err)
	say := sentenceOf(fault)
	s.log(c, say.status, fault, err)
	s.metrics.fault(fault)
	return s.askCode(c, say.status, code, say.text)
}

// deviceGone is what a person is told of a device that does not wait any more.
func deviceGone(err error) error {
	if errors.Is(err, native.ErrGrant) {
		return login.NewFault(login.CodeUserCodeUnknown, "no device waits with that code")
	}
	return err
}
