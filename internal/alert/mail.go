package alert

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"

	mail "github.com/wneessen/go-mail"
)

// Security is how the connection to the mail server is protected.
type Security string

// The alternatives.
const (
	StartTLS Security = "starttls"
	TLS      Security = "tls"
	NoTLS    Security = "none"
)

// MailWay is the name of the way by e-mail.
const MailWay = "mail"

// mailTimeout is the usual Mail.Timeout.
const mailTimeout = 6 * time.Second

// Mail sends messages by SMTP. It is safe for concurrent use.
type Mail struct {
	Host     string
	Port     int // 0: the usual one of Security
	Security Security
	// User is empty where the server asks for no login.
	User, Password string
	From           string
	To             []string
	// Timeout bounds each part of a conversation: the connection with its login, and the message. Zero is six seconds.
	Timeout time.Duration
	// Roots are the authorities that the server's certificate may come from; nil: the system's.
	Roots *x509.CertPool
	Words Composer
}

// Name returns MailWay.
func (m *Mail) Name() string { return MailWay }

// Target tells where messages go, for people.
func (m *Mail) Target() string {
	return strings.Join(m.To, ", ")
}

// Send sends a message to all recipients at once and returns nil when the server has taken it. Where the server refuses one of
// them, the others get it on their own, and the error has Delivered set. The error is an *Error.
func (m *Mail) Send(ctx context.Context, message Message) error {
	l := &line{mail: m}
	defer l.close()
	client, err := mail.NewClient(m.Host, m.options(l)...)
	if err != nil {
		return m.failure(err, l.encrypted)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return m.failure(err, l.encrypted)
	}
	defer context.AfterFunc(ctx, l.close)()
	defer client.Close() //nolint:errcheck // the message was taken or refused by then; a bad goodbye changes nothing
	err = m.deliver(client, message, m.To)
	if err == nil {
		return nil
	}
	failed := m.failure(err, l.encrypted)
	if sent, ok := errors.AsType[*mail.SendError](err); ok && sent.Reason == mail.ErrSMTPRcptTo && len(m.To) > 1 {
		for _, one := range m.To {
			failed.Delivered = m.deliver(client, message, []string{one}) == nil || failed.Delivered
		}
	}
	return failed
}

// line is one connection to the mail server. The library does not close one on which the conversation ends in an error.
type line struct {
	mail      *Mail
	encrypted bool // a handshake went well
	conn      net.Conn
}

func (l *line) config() *tls.Config {
	return &tls.Config{ServerName: l.mail.Host, RootCAs: l.mail.Roots, MinVersion: tls.VersionTLS12, VerifyConnection: func(tls.ConnectionState) error {
		l.encrypted = true
		return nil
	}}
}

func (l *line) dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	if l.mail.Security == TLS {
		conn, err = (&tls.Dialer{Config: l.config()}).DialContext(ctx, network, address)
	} else {
		conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
	}
	if err == nil {
		l.conn = conn
	}
	return conn, err
}

func (l *line) close() {
	if l.conn != nil {
		_ = l.conn.Close()
	}
}

func (m *Mail) deliver(client *mail.Client, message Message, to []string) error {
	letter, err := m.letter(message, to)
	if err != nil {
		return err
	}
	return client.Send(letter)
}

func (m *Mail) letter(message Message, to []string) (*mail.Msg, error) {
	words := m.Words.Compose(message)
	letter := mail.NewMsg()
	if err := errors.Join(letter.From(m.From), letter.To(to...)); err != nil {
		return nil, err
	}
	letter.Subject(words.Subject)
	letter.SetDateWithValue(message.At)
	letter.SetMessageIDWithValue(message.ID + "@" + domain(m.From))
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // no holiday notes, please (RFC 3834)
	letter.SetBodyString(mail.TypeTextPlain, words.Plain)
	letter.AddAlternativeString(mail.TypeTextHTML, words.HTML)
	return letter, nil
}

func domain(address string) string {
	_, name, _ := strings.Cut(address, "@")
	return name
}

func (m *Mail) options(l *line) []mail.Option {
	options := []mail.Option{
		mail.WithTimeout(cmp.Or(m.Timeout, mailTimeout)), mail.WithPort(m.port()), mail.WithoutNoop(), mail.WithTLSConfig(l.config()), mail.WithDialContextFunc(l.dial),
	}
	switch m.Security {
	case TLS:
		options = append(options, mail.WithSSL())
	case NoTLS:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if m.User != "" {
		ways := []mail.SMTPAuthType{mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthCramMD5, mail.SMTPAuthPlain, mail.SMTPAuthLogin}
		if m.Security == NoTLS { // the settings allow it on this machine alone
			ways = []mail.SMTPAuthType{mail.SMTPAuthPlainNoEnc, mail.SMTPAuthLoginNoEnc}
		}
		options = append(options, mail.WithOpportunisticSMTPAuth(ways...), mail.WithUsername(m.User), mail.WithPassword(m.Password))
	}
	return options
}

func (m *Mail) port() int {
	usual := map[Security]int{TLS: mail.DefaultPortSSL, NoTLS: mail.DefaultPort}
	return cmp.Or(m.Port, usual[m.Security], mail.DefaultPortTLS)
}

// failure says what an error means. The answer of the server is kept, as it is what its administrator understands; the
// password is taken out, should a server repeat it.
func (m *Mail) failure(err error, encrypted bool) *Error {
	e := &Error{Way: MailWay, Host: net.JoinHostPort(m.Host, fmt.Sprint(m.port())), Code: m.code(err, encrypted)}
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		e.Status, e.Detail = answer.Code, shortened(answer.Msg, m.Password)
	} else if sent, ok := errors.AsType[*mail.SendError](err); ok {
		e.Status = sent.ErrorCode()
	}
	if e.Detail == "" && e.Code != FailedTimeout {
		e.Detail = shortened(err.Error(), m.Password)
	}
	return e
}

func (m *Mail) code(err error, encrypted bool) string {
	if code := connectionCode(err); code != "" {
		return code
	}
	if sent, ok := errors.AsType[*mail.SendError](err); ok {
		switch {
		case sent.IsTemp():
			return FailedLater
		case sent.Reason == mail.ErrSMTPMailFrom, sent.Reason == mail.ErrGetSender:
			return FailedSender
		case sent.Reason == mail.ErrSMTPRcptTo, sent.Reason == mail.ErrGetRcpts:
			return FailedRecipient
		}
		return FailedRefused
	}
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		switch {
		case answer.Code == 530, answer.Code == 534, answer.Code == 535, answer.Code == 538:
			return FailedLogin
		case answer.Code/100 == 4:
			return FailedLater
		}
		return FailedRefused
	}
	switch { // the library has no names for what is left: it is known by how far the conversation came
	case m.Security == StartTLS && !encrypted:
		return FailedEncryption
	case m.User != "":
		return FailedNoLogin
	}
	return FailedUnreachable
}

// connectionCode tells what is wrong with a connection, empty if it is something else.
func connectionCode(err error) string {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return FailedCertificate
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return FailedEncryption
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return FailedTimeout
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return FailedUnreachable
	}
	if failed, ok := errors.AsType[net.Error](err); ok {
		if failed.Timeout() {
			return FailedTimeout
		}
		return FailedUnreachable
	}
	return ""
}

// maxDetail is how much of a foreign answer is kept, in characters.
const maxDetail = 200

// shortened makes one short line of a foreign text and takes secrets out.
func shortened(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxDetail {
		text = string(runes[:maxDetail]) + "…"
	}
	return text
}
