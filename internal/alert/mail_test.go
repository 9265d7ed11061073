package alert_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/alert"
)

const password = "canary-password-77"

func message() alert.Message {
	return alert.Message{ID: "id-1", Kind: alert.News, At: at(), URL: "https://sync.example.cz", Items: []alert.Item{
		{State: alert.Begun, Code: "halted", User: "jana@example.cz", Of: "calendar", Reason: "too-many-removals", Since: at()},
	}}
}

// opened is a mail as its reader sees it.
type opened struct {
	header      mail.Header
	subject     string
	plain, html string
}

func open(t *testing.T, raw string) opened {
	t.Helper()
	parsed, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	o := opened{header: parsed.Header}
	if o.subject, err = new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %s, %v", kind, err)
	}
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return o
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			o.html = text
		} else {
			o.plain = text
		}
	}
}

func TestMailArrives(t *testing.T) {
	t.Parallel()
	trusted := certified(t)
	roots := x509.NewCertPool()
	roots.AddCert(trusted.Certificate())
	for _, test := range []struct {
		name string
		sink *sink
		way  alert.Mail
	}{
		{"without encryption and login", &sink{}, alert.Mail{Security: alert.NoTLS}},
		{"with a login on this machine", &sink{user: "u", password: password}, alert.Mail{Security: alert.NoTLS, User: "u", Password: password}},
		{"STARTTLS and login", &sink{user: "u", password: password, starttls: true, tls: trusted.TLS},
			alert.Mail{Security: alert.StartTLS, User: "u", Password: password, Roots: roots}},
		{"TLS from the first byte and login", &sink{user: "u", password: password, implicit: true, tls: trusted.TLS},
			alert.Mail{Security: alert.TLS, User: "u", Password: password, Roots: roots}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			way := test.way
			way.Host, way.Port, way.From, way.To = "127.0.0.1", test.sink.start(t), "raynetsync@example.cz", []string{"a@example.cz", "b@example.cz"}
			way.Words = composer(t, "cs")
			if err := way.Send(t.Context(), message()); err != nil {
				t.Fatal(err)
			}
			got := test.sink.got()
			if len(got) != 1 || test.sink.logins != min(len(way.User), 1) {
				t.Fatalf("%d messages, %d logins", len(got), test.sink.logins)
			}
			if diff := cmp.Diff([]string{"TO:<a@example.cz>", "TO:<b@example.cz>"}, test.sink.rcpts); diff != "" {
				t.Errorf("recipients (-want +got):\n%s", diff)
			}
			o, words := open(t, got[0]), way.Words.Compose(message())
			if o.subject != words.Subject || strings.TrimSpace(o.plain) != strings.TrimSpace(words.Plain) || strings.TrimSpace(o.html) != strings.TrimSpace(words.HTML) {
				t.Errorf("got %q\n%s\n%s\nwant %q\n%s\n%s", o.subject, o.plain, o.html, words.Subject, words.Plain, words.HTML)
			}
			for name, want := range map[string]string{"Message-Id": "<id-1@example.cz>", "Auto-Submitted": "auto-generated", "Date": "Thu, 05 Mar 2026 08:30:00 +0000",
				"From": "<raynetsync@example.cz>"} {
				if o.header.Get(name) != want {
					t.Errorf("%s: %q, want %q", name, o.header.Get(name), want)
				}
			}
			if strings.Contains(got[0], password) {
				t.Error("the password is in the message")
			}
		})
	}
}

func TestMailSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	trusted := certified(t)
	answering := func(command, answer string) func(string, string) string {
		return func(got, _ string) string {
			if got == command || command == "EHLO" && got == "HELO" {
				return answer
			}
			return ""
		}
	}
	for _, test := range []struct {
		name       string
		sink       *sink
		way        alert.Mail
		wantCode   string
		wantStatus int
	}{
		{"password refused", &sink{user: "u", password: "other"}, alert.Mail{Security: alert.NoTLS, User: "u", Password: password}, alert.FailedLogin, 535},
		{"a server that repeats the password", &sink{user: "u", refuse: answering("AUTH", "535 no such password as "+password)},
			alert.Mail{Security: alert.NoTLS, User: "u", Password: password}, alert.FailedLogin, 535},
		{"no login offered", &sink{}, alert.Mail{Security: alert.NoTLS, User: "u", Password: password}, alert.FailedNoLogin, 0},
		{"no STARTTLS offered", &sink{}, alert.Mail{Security: alert.StartTLS}, alert.FailedEncryption, 0},
		{"no TLS where it is wanted from the first byte", &sink{}, alert.Mail{Security: alert.TLS}, alert.FailedEncryption, 0},
		{"unknown certificate", &sink{starttls: true, tls: trusted.TLS}, alert.Mail{Security: alert.StartTLS}, alert.FailedCertificate, 0},
		{"unknown certificate from the first byte", &sink{implicit: true, tls: trusted.TLS}, alert.Mail{Security: alert.TLS}, alert.FailedCertificate, 0},
		{"login wanted", &sink{refuse: answering("MAIL", "530 5.7.0 Authentication required")}, alert.Mail{Security: alert.NoTLS}, alert.FailedSender, 530},
		{"sender refused", &sink{refuse: answering("MAIL", "553 not you")}, alert.Mail{Security: alert.NoTLS}, alert.FailedSender, 553},
		{"all recipients refused", &sink{refuse: answering("RCPT", "550 nobody of that name")}, alert.Mail{Security: alert.NoTLS}, alert.FailedRecipient, 550},
		{"later", &sink{refuse: answering(".", "451 try again")}, alert.Mail{Security: alert.NoTLS}, alert.FailedLater, 451},
		{"message refused", &sink{refuse: answering(".", "554 spam")}, alert.Mail{Security: alert.NoTLS}, alert.FailedRefused, 554},
		{"server busy", &sink{refuse: answering("EHLO", "421 too busy")}, alert.Mail{Security: alert.NoTLS}, alert.FailedLater, 421},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			way := test.way
			way.Host, way.Port, way.From, way.To = "127.0.0.1", test.sink.start(t), "raynetsync@example.cz", []string{"a@example.cz", "b@example.cz"}
			way.Words = composer(t, "en")
			failed, ok := errors.AsType[*alert.Error](way.Send(t.Context(), message()))
			if !ok || failed.Code != test.wantCode || failed.Status != test.wantStatus || failed.Way != alert.MailWay || failed.Delivered {
				t.Fatalf("got %+v, want %s %d", failed, test.wantCode, test.wantStatus)
			}
			if strings.Contains(failed.Error(), password) {
				t.Errorf("the password is in %q", failed)
			}
			if len(test.sink.got()) != 0 {
				t.Errorf("a message was taken")
			}
		})
	}
}

// One dead mailbox must not keep the others from being told.
func TestMailReachesTheOthers(t *testing.T) {
	t.Parallel()
	s := &sink{refuse: func(command, argument string) string {
		if command == "RCPT" && strings.Contains(argument, "gone@") {
			return "550 nobody of that name"
		}
		return ""
	}}
	way := alert.Mail{Host: "127.0.0.1", Port: s.start(t), Security: alert.NoTLS, From: "raynetsync@example.cz",
		To: []string{"gone@example.cz", "a@example.cz", "b@example.cz"}, Words: composer(t, "en")}
	failed, ok := errors.AsType[*alert.Error](way.Send(t.Context(), message()))
	if !ok || failed.Code != alert.FailedRecipient || !failed.Delivered || len(s.got()) != 2 {
		t.Errorf("got %+v and %d messages, want %s, delivered, 2 messages", failed, len(s.got()), alert.FailedRecipient)
	}
}

func TestMailServerIsNotThere(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	way := alert.Mail{Host: "127.0.0.1", Port: port, Security: alert.NoTLS, From: "raynetsync@example.cz", To: []string{"a@example.cz"}, Words: composer(t, "en")}
	if failed, ok := errors.AsType[*alert.Error](way.Send(t.Context(), message())); !ok || failed.Code != alert.FailedUnreachable {
		t.Errorf("got %+v, want %s", failed, alert.FailedUnreachable)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := way.Send(ended, message()); err == nil {
		t.Error("a message was sent although there was no time left")
	}
}

// A server that takes connections and says nothing keeps nobody waiting.
func TestASilentServer(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	address := listener.Addr().(*net.TCPAddr)
	for _, security := range []alert.Security{alert.NoTLS, alert.StartTLS, alert.TLS} {
		way := alert.Mail{Host: "127.0.0.1", Port: address.Port, Security: security, From: "raynetsync@example.cz", To: []string{"a@example.cz"}, Words: composer(t, "en"),
			Timeout: 50 * time.Millisecond}
		if failed, ok := errors.AsType[*alert.Error](way.Send(t.Context(), message())); !ok || failed.Code != alert.FailedTimeout {
			t.Errorf("%s: got %+v, want %s", security, failed, alert.FailedTimeout)
		}
	}
	hook, err := alert.NewWebhook(alert.WebhookOptions{URL: "http://" + address.String(), Secret: secret, Now: at, Words: composer(t, "en"), Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if failed, ok := errors.AsType[*alert.Error](hook.Send(t.Context(), message())); !ok || failed.Code != alert.FailedTimeout {
		t.Errorf("webhook: got %+v, want %s", failed, alert.FailedTimeout)
	}
}
