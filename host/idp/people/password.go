package people

// Passwords: argon2id in PHC strings, a bounded number at a time.

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// The cost of a new hash: the first of OWASP's equal choices for argon2id. It
// takes some tens of milliseconds and 19 MiB, so that even a small host signs
// people in quickly; at most HashesAtOnce are computed at a time.
const (
	hashMemory   = 19 * 1024 // KiB
	hashTime     = 2
	hashThreads  = 1
	hashSalt     = 16 // bytes
	hashKey      = 32 // bytes
	HashesAtOnce = 2
	HashesWait   = 64              // more than these waiting are turned away
	HashPatience = 5 * time.Second // and whoever waited for so long
	maxPassword  = 1024            // bytes
)

// What a stored hash may cost, so that an imported one cannot take the host
// down.
const (
	maxHashMemory  = 256 * 1024 // KiB
	maxHashTime    = 10
	maxHashThreads = 8
)

// Cost is what a hash takes: KiB of memory, passes over it, and threads.
type Cost struct {
	Memory, Time uint32
	Threads      uint8
}

// HashPassword is the PHC string of an argon2id hash of password with a new
// salt, at the provider's own cost. Errors are those of Cost.Hash.
func HashPassword(password string) (string, error) {
	return Cost{hashMemory, hashTime, hashThreads}.Hash(password)
}

// Hash is the PHC string of an argon2id hash of password with a new salt. It
// refuses an empty password and one of more than 1024 bytes.
func (c Cost) Hash(password string) (string, error) {
	if password == "" || len(password) > maxPassword {
		return "", fmt.Errorf("a password must have 1 to %d bytes", maxPassword)
	}
	salt := make([]byte, hashSalt)
	_, _ = rand.Read(salt) // never fails
	h := phc{memory: c.Memory, time: c.Time, threads: c.Threads, salt: salt, key: make([]byte, hashKey)}
	h.key = h.compute(password)
	return h.String(), nil
}

// phc is a parsed hash.
type phc struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

func (h phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.threads,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

// compute takes the password in Unicode's NFC: keyboards type one accent in
// several ways (RFC 8265, section 4.2.2).
func (h phc) compute(password string) []byte {
	return argon2.IDKey(norm.NFC.Bytes([]byte(password)), h.salt, h.time, h.memory, h.threads, uint32(len(h.key)))
}

var errPHC = errors.New("it must be $argon2id$v=19$m=…,t=…,p=…$salt$key with at most m=262144, t=10 and p=8")

func parsePHC(s string) (phc, error) {
	var h phc
	var version int
	parts := strings.Split(s, "$")
	if len(s) > 512 || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return phc{}, errPHC
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return phc{}, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil {
		return phc{}, errPHC
	}
	var errSalt, errKey error
	h.salt, errSalt = base64.RawStdEncoding.DecodeString(parts[4])
	h.key, errKey = base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errKey != nil || len(h.salt) < 8 || len(h.key) < 16 || !h.bounded() || h.String() != s {
		return phc{}, errPHC
	}
	return h, nil
}

func (h phc) bounded() bool {
	return h.time >= 1 && h.time <= maxHashTime && h.threads >= 1 && h.threads <= maxHashThreads &&
		h.memory >= 8*uint32(h.threads) && h.memory <= maxHashMemory
}

// ErrBusy says that too many passwords are being checked.
var ErrBusy = errors.New("too many passwords are being checked")

// Hasher lets HashesAtOnce computations run and HashesWait wait.
type Hasher struct{ running, waiting chan struct{} }

// NewHasher lets so many computations run at once, and so many more wait.
func NewHasher(atOnce, wait int) Hasher {
	return Hasher{make(chan struct{}, atOnce), make(chan struct{}, atOnce+wait)}
}

// nobody is what a password is compared with when there is no hash to compare
// with, so that it takes as long.
var nobody = phc{memory: hashMemory, time: hashTime, threads: hashThreads, salt: make([]byte, hashSalt), key: make([]byte, hashKey)}

// Matches reports whether password is the one of hash. An empty or unreadable
// hash matches nothing and takes as long as one that does not match. The error
// is ErrBusy.
func (b Hasher) Matches(ctx context.Context, hash, password string) (same bool, err error) {
	err = b.inTurn(ctx, func() {
		h, bad := parsePHC(hash)
		if bad != nil {
			h = nobody
		}
		same = subtle.ConstantTimeCompare(h.compute(password), h.key) == 1 && bad == nil && password != "" && len(password) <= maxPassword
	})
	return same, err
}

// Hash is HashPassword when its turn comes; errors are ErrBusy besides.
func (b Hasher) Hash(ctx context.Context, password string) (hash string, err error) {
	var failed error
	err = b.inTurn(ctx, func() { hash, failed = HashPassword(password) })
	return hash, cmp.Or(err, failed)
}

// inTurn computes when there is room, or is ErrBusy.
func (b Hasher) inTurn(ctx context.Context, compute func()) error {
	select {
	case b.waiting <- struct{}{}:
		defer func() { <-b.waiting }()
	default:
		return ErrBusy
	}
	patience := time.NewTimer(HashPatience)
	defer patience.Stop()
	select {
	case b.running <- struct{}{}:
		defer func() { <-b.running }()
	case <-patience.C:
		return ErrBusy
	case <-ctx.Done():
		return ErrBusy
	}
	compute()
	return nil
}
