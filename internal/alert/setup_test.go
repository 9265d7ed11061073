package alert_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"raynetsync/internal/alert"
	"raynetsync/internal/locale"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func at() time.Time { return time.Date(2026, 3, 5, 8, 30, 0, 0, time.UTC) }

func prague(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Prague")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func composer(t *testing.T, lang string) alert.Composer {
	t.Helper()
	return alert.Composer{Texts: locale.New(lang), Zone: prague(t)}
}

// sink is a mail server that keeps what it gets. Fields are set before it is started.
type sink struct {
	user, password string // empty: it offers no login
	// refuse answers a command (EHLO, MAIL, RCPT, DATA, or "." for the end of a message) with a line of its own; argument holds
	// what follows the command's name.
	refuse   func(command, argument string) string
	starttls bool
	tls      *tls.Config // for STARTTLS, or from the first byte if implicit
	implicit bool

	mu       sync.Mutex
	messages []string // guarded by mu
	rcpts    []string // guarded by mu
	logins   int      // guarded by mu
}

// start listens on the loopback until the test ends and returns the port.
func (s *sink) start(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		running.Wait()
	})
	return listener.Addr().(*net.TCPAddr).Port
}

func (s *sink) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	secure := s.implicit
	if s.implicit {
		conn = tls.Server(conn, s.tls)
	}
	in := bufio.NewReader(conn)
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(conn, format+"\r\n", args...) }
	say("220 sink ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		command, argument, _ := strings.Cut(strings.TrimSpace(line), " ")
		command = strings.ToUpper(command)
		if s.refuse != nil {
			if answer := s.refuse(command, argument); answer != "" {
				say("%s", answer)
				continue
			}
		}
		switch command {
		case "EHLO":
			say("250-sink")
			if s.starttls && !secure {
				say("250-STARTTLS")
			}
			if s.user != "" {
				say("250-AUTH PLAIN")
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go ahead")
			conn, secure = tls.Server(conn, s.tls), true
			in = bufio.NewReader(conn)
		case "AUTH":
			s.auth(argument, say)
		case "DATA":
			say("354 go ahead")
			s.data(in, say)
		case "QUIT":
			say("221 bye")
			return
		case "RCPT":
			s.note(func() { s.rcpts = append(s.rcpts, argument) })
			say("250 ok")
		default:
			say("250 ok")
		}
	}
}

func (s *sink) note(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *sink) auth(argument string, say func(string, ...any)) {
	_, encoded, _ := strings.Cut(argument, " ")
	plain, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || string(plain) != "\x00"+s.user+"\x00"+s.password {
		say("535 5.7.8 Username and Password not accepted")
		return
	}
	s.note(func() { s.logins++ })
	say("235 welcome")
}

func (s *sink) data(in *bufio.Reader, say func(string, ...any)) {
	var message strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if line == ".\r\n" {
			break
		}
		message.WriteString(strings.TrimPrefix(line, "."))
	}
	if s.refuse != nil {
		if answer := s.refuse(".", ""); answer != "" {
			say("%s", answer)
			return
		}
	}
	s.note(func() { s.messages = append(s.messages, message.String()) })
	say("250 taken")
}

func (s *sink) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.messages...)
}

// certified returns the settings of a TLS server for 127.0.0.1 and the pool that trusts it.
func certified(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	return server
}
