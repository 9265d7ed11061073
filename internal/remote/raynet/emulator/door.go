package emulator

import (
	"encoding/base64"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	badLoginsAllowed = 20
	blockFor         = time.Hour
)

// door is who may come in, and how often. Guarded by Server.mu.
type door struct {
	limit     int
	day       time.Time // UTC midnight at which the count began
	used      int
	strangers map[string]*stranger // by IP address
}

// stranger is an address with bad logins.
type stranger struct {
	bad     int
	since   time.Time
	blocked time.Time // until when
}

func newDoor(opts Options) door {
	return door{limit: opts.DailyLimit, strangers: map[string]*stranger{}}
}

// enter lets a request in or refuses it: block, login, quota, in this order.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) error {
	now := s.opts.Now()
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	defer s.quotaHeaders(w, now)
	guest := s.door.strangers[ip]
	if guest != nil && now.Before(guest.blocked) {
		return refuse(s.opts.BlockedStatus, "Access from this address is blocked")
	}
	if !s.known(r) {
		if guest == nil || now.Sub(guest.since) > blockFor {
			guest = &stranger{since: now}
			s.door.strangers[ip] = guest
		}
		if guest.bad++; guest.bad > badLoginsAllowed {
			guest.blocked, guest.bad, guest.since = now.Add(blockFor), 0, now
		}
		return refuse(http.StatusUnauthorized, "Unauthorized")
	}
	s.door.count(now)
	if s.door.used > s.door.limit || s.switches.QuotaSpent {
		return &refusal{status: http.StatusTooManyRequests, body: map[string]any{
			"type":    "RequestLimitReached",
			"message": "API request limit reached. See the X-RateLimit-* headers for the limit and its renewal.",
		}}
	}
	return nil
}

// count takes one request from the day's quota; days begin at midnight UTC.
func (d *door) count(now time.Time) {
	if day := now.UTC().Truncate(24 * time.Hour); !day.Equal(d.day) {
		d.day, d.used = day, 0
	}
	d.used++
}

func (s *Server) quotaHeaders(w http.ResponseWriter, now time.Time) {
	day := now.UTC().Truncate(24 * time.Hour)
	left := s.door.limit
	if day.Equal(s.door.day) {
		left = max(0, s.door.limit-s.door.used)
	}
	if s.switches.QuotaSpent {
		left = 0
	}
	header := w.Header()
	header.Set("X-Ratelimit-Limit", strconv.Itoa(s.door.limit))
	header.Set("X-Ratelimit-Remaining", strconv.Itoa(left))
	header.Set("X-Ratelimit-Reset", strconv.FormatInt(day.Add(24*time.Hour).Unix(), 10))
}

// known checks the three forms of login.
func (s *Server) known(r *http.Request) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token == s.bearer()
	}
	user, key, ok := r.BasicAuth()
	if !ok || !strings.EqualFold(user, s.opts.User) || key != s.opts.APIKey {
		return false
	}
	if name := r.Header.Get("X-Instance-Name"); name != "" {
		return name == s.opts.Instance
	}
	return r.Header.Get("X-Instance-Id") == s.opts.InstanceID
}

// bearer is the token of /security/bearertoken; like the real one it holds the key itself.
func (s *Server) bearer() string {
	return base64.RawURLEncoding.EncodeToString([]byte(s.opts.InstanceID + "|" + s.opts.User + "|" + s.opts.APIKey))
}

// SpendQuota counts n requests at once, as the instance's other integrations would.
func (s *Server) SpendQuota(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.door.count(s.opts.Now())
	s.door.used += n - 1
}
