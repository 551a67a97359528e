package web

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"

	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/native"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/session"
)

// Provider is one way to sign in.
type Provider struct {
	Name      string
	Title     string // for people; Name when empty
	Issuer    string // of OpenID Connect, by which others name it; else empty
	Flow      *login.Flow
	CrossSite bool    // its answer is a POST from its own site
	Direct    *Direct // of one that takes a token in a header and no browser; else nil
	Refresh   Refresh

	StateParam string // of its answers: state when empty, RelayState for SAML
}

// Config is everything the edge needs. All of it is required, but for BuiltIn,
// Parts, Routes, Tested and the timeouts.
type Config struct {
	PublicURL *url.URL // scheme and host, no path
	Peers     Peers
	ForceAuth bool // the project's default
	Providers []*Provider
	Origins   Origins
	Tree      map[string]policy.Level // declared
	Known     func(level string) bool // declared or built in
	Sessions  *session.Sessions
	Levels    *policy.Live
	Keys      *keyring.Keyring
	Signer    Signer // of assertions
	Script    []byte // doorward.js

	EncryptionKeys [][]byte // JSON Web Keys that providers encrypt with, published beside the signer's

	BuiltIn  http.Handler   // serves /idp/; nil when no provider is built in
	Programs *native.Grants // what programs of applications wait for
	Store    Pinger
	Audit    func(context.Context, login.Event)
	Log      *slog.Logger
	Now      func() time.Time

	Parts  func() map[string]Part                        // further parts for /readyz, by name; may be nil
	Routes func(*Server, fiber.Router)                   // adds further routes of the host's own origin; may be nil
	Tested func(ctx context.Context, t Test) (to string) // keeps the result of a test login, and says where it is shown

	ProviderTimeout time.Duration // for one conversation with a provider; 15 s
	LoginTimeout    time.Duration // for one whole walk; 30 s
	DecideTimeout   time.Duration // for opening a session and its levels; 5 s
}

// Pinger is the store, as far as readiness goes.
type Pinger interface {
	Ping(ctx context.Context) error
}

// Server is the public listener. It is safe for concurrent use.
type Server struct {
	config   Config
	app      *fiber.App
	metrics  *metrics
	streams  *streams
	changes  *changes
	renewals *renewals
	base     context.Context
	stop     context.CancelFunc

	everyAnswer []headerLine
	stepUps     map[string]stepUp
	contexts    map[string]authContext
}

const (
	readBuffer   = 32 << 10 // of request headers; a larger head is refused
	maxBody      = 256 << 10
	readTimeout  = 15 * time.Second
	writeTimeout = 60 * time.Second
	idleTimeout  = 120 * time.Second
)

// New builds the server; it listens when Serve is called.
func New(config Config) *Server {
	config.ProviderTimeout = orDefault(config.ProviderTimeout, 15*time.Second)
	config.LoginTimeout = orDefault(config.LoginTimeout, 30*time.Second)
	config.DecideTimeout = orDefault(config.DecideTimeout, 5*time.Second)
	s := &Server{config: config, metrics: newMetrics(), changes: newChanges(), renewals: newRenewals(), everyAnswer: everyAnswer(config.Origins.public.cookies.secure), stepUps: stepUps(config.Tree), contexts: contexts(config.Tree)}
	s.base, s.stop = context.WithCancel(context.Background())
	s.streams = newStreams(s.base, s.metrics.registry)
	s.app = fiber.New(fiber.Config{
		Immutable: true, EnableTrustedProxyCheck: true, DisableStartupMessage: true,
		ReadBufferSize: readBuffer, BodyLimit: maxBody,
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		ServerHeader: "", StrictRouting: true, CaseSensitive: true, ErrorHandler: s.fail,
	})
	s.app.Server().Logger = quietly{config.Log}
	s.routes()
	s.app.Server().Handler = s.knownMethods(s.app.Server().Handler)
	return s
}

// knownMethods answers a method that the framework does not know, and a request
// that is not clear, like any other request that is refused; the framework's own
// answer is bare.
func (s *Server) knownMethods(serve fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(raw *fasthttp.RequestCtx) {
		why := unclear(&raw.Request.Header)
		if head := raw.IsHead(); why == "" && fromEnvoy(&raw.Request) && head {
			defer func() { raw.Response.SkipBody = true }()
		}
		if why == "" && slices.Contains(fiber.DefaultMethods, string(raw.Method())) {
			serve(raw)
			return
		}
		c := s.app.AcquireCtx(raw)
		defer s.app.ReleaseCtx(c)
		if why != "" {
			raw.SetConnectionClose()
			_ = s.fail(c, login.NewFault(login.CodeParameterInvalid, "%s", why))
			return
		}
		_ = s.fail(c, login.NewFault(login.CodeMethodNotAllowed, "a method that is not known"))
	}
}

// quietly takes what the HTTP library logs of broken requests, and leaves out
// what it quotes of them.
type quietly struct{ log *slog.Logger }

func (q quietly) Printf(format string, _ ...any) {
	q.log.Debug("the http library gave a request up", "about", format)
}

func orDefault(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}

func (s *Server) routes() {
	s.app.Use(s.around)
	s.app.Get("/", s.home)
	s.app.Get("/login", s.login)
	s.app.Get("/login/initiate", s.initiate)
	s.app.Post("/login/initiate", s.initiate)
	s.app.Get("/callback/:idp", s.callback)
	s.app.Post("/callback/:idp", s.callback)
	s.samlRoutes()
	s.app.Post("/login/id-token/:idp", s.idToken)
	s.app.Get("/session", s.session)
	s.app.Get("/logout", s.logoutPage)
	s.app.Post("/logout", s.logout)
	s.app.Get("/logout/callback/:idp", s.loggedOut)
	s.app.Post("/backchannel-logout/:idp", s.backchannelLogout)
	s.app.All("/auth", s.auth)
	s.app.Get("/.well-known/jwks.json", s.jwks)
	s.app.Get("/doorward.js", s.script)
	s.app.Get(page.AssetPrefix+"*", s.asset)
	s.app.Get("/session/events", s.events)
	s.app.Post("/session/token", s.token)
	s.app.Options("/session", s.preflight)
	s.programs()
	s.onEveryOrigin(s.app.Group(ownPrefix))
	if s.config.Routes != nil {
		s.config.Routes(s, s.app)
	}
	if s.config.BuiltIn != nil {
		s.app.All("/idp/*", s.builtIn)
	}
	s.app.Use(s.unmatched)
}

// onEveryOrigin are the routes that applications' proxies pass on.
func (s *Server) onEveryOrigin(own fiber.Router) {
	own.Get(startPath, s.start)
	own.Get(finishPath, s.finish)
	own.All("/auth", s.auth)
	own.Get("/session", s.session)
	own.Get("/session/events", s.events)
	own.Post("/session/token", s.token)
	own.Get("/logout", s.logoutPage)
	own.Post("/logout", s.logout)
	own.Get("/doorward.js", s.script)
	own.Get(page.AssetPrefix+"*", s.asset)
}

// around gives every request its id, headers, metrics and a net under panics.
func (s *Server) around(c *fiber.Ctx) (err error) {
	start := time.Now()
	s.mark(c)
	defer func() {
		if r := recover(); r != nil {
			s.config.Log.Error("a handler panicked", "request", requestID(c), "panic", r)
			err = s.fail(c, login.NewFault(login.CodeInternal, "a handler panicked"))
		}
		s.metrics.request(c.Route().Path, c.Response().StatusCode(), time.Since(start))
	}()
	if err := s.arrive(c); err != nil {
		return s.fail(c, err)
	}
	if err := c.Next(); err != nil {
		return s.fail(c, err)
	}
	return nil
}

func (s *Server) asset(c *fiber.Ctx) error {
	content, mediaType, ok := page.Asset(strings.TrimPrefix(c.Path(), ownPrefix))
	if !ok {
		return login.NewFault(login.CodeNotFound, "no such asset")
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderContentType, mediaType)
	return c.Send(content)
}

// script serves doorward.js, to the pages of any origin: it holds no secret.
func (s *Server) script(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	c.Set(fiber.HeaderContentType, "text/javascript; charset=utf-8")
	return c.Send(s.config.Script)
}

// unmatched answers what no route took: another method of a known path, or an
// unknown path.
func (s *Server) unmatched(c *fiber.Ctx) error {
	var allowed []string
	for _, route := range s.app.GetRoutes(true) {
		if fiber.RoutePatternMatch(c.Path(), route.Path, s.app.Config()) && !slices.Contains(allowed, route.Method) {
			allowed = append(allowed, route.Method)
		}
	}
	if len(allowed) == 0 {
		return login.NewFault(login.CodeNotFound, "no such address")
	}
	c.Set(fiber.HeaderAllow, strings.Join(allowed, ", ")) // RFC 9110, section 15.5.6
	return login.NewFault(login.CodeMethodNotAllowed, "no such method here")
}

// Registry is where others add their metrics to /metrics.
func (s *Server) Registry() prometheus.Registerer { return s.metrics.registry }

// Serve answers on ln until Close.
func (s *Server) Serve(ln net.Listener) error {
	if err := s.app.Listener(listening(ln)); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// Close stops listening, lets running requests finish until ctx is done, and
// then cancels them.
func (s *Server) Close(ctx context.Context) error {
	defer s.stop()
	s.streams.stop() // they would run on
	return s.app.ShutdownWithContext(ctx)
}

// Test answers one request without a listener; for tests and benchmarks.
func (s *Server) Test(r *http.Request) (*http.Response, error) {
	r.RequestURI = "" // as a client sends it: the path, and the Host header
	return s.app.Test(r, -1)
}

const requestIDHeader = "X-Request-Id"

type local string

const (
	requestIDKey local = "request id"
	pendingKey   local = "login in progress"
	sayingKey    local = "how a refusal is logged"
)

func newRequestID() string {
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], rand.Uint64())
	return hex.EncodeToString(raw[:])
}

func requestID(c *fiber.Ctx) string {
	id, _ := c.Locals(requestIDKey).(string)
	return id
}
