package config

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// Alerts is how the administrators are told of what needs them. There are no alerts by a way that is not set.
type Alerts struct {
	SMTPHost     string // empty: no e-mail
	SMTPPort     int    // 0: the usual one of SMTPSecurity
	SMTPSecurity SMTPSecurity
	SMTPUser     string // empty: the server asks for no login
	SMTPPassword Secret
	From         string   // an address in lower case
	To           []string // addresses in lower case
	// WebhookURL may hold a key of the service behind it, so it is kept like one. Empty: no webhook.
	WebhookURL    Secret
	WebhookSecret Secret
	Language      Language
	Digest        DigestDay
	NoProgress    time.Duration
}

// SMTPSecurity is how the connection to the mail server is protected.
type SMTPSecurity string

// The alternatives.
const (
	StartTLS SMTPSecurity = "starttls"
	TLS      SMTPSecurity = "tls"
	Plain    SMTPSecurity = "none"
)

// Valid reports whether s is one of the alternatives.
func (s SMTPSecurity) Valid() bool { return slices.Contains(smtpSecurities(), s) }

func smtpSecurities() []SMTPSecurity { return []SMTPSecurity{StartTLS, TLS, Plain} }

// Language is a language that we speak.
type Language string

// The languages.
const (
	Czech   Language = "cs"
	English Language = "en"
)

// Valid reports whether l is one of the languages.
func (l Language) Valid() bool { return slices.Contains(languages(), l) }

func languages() []Language { return []Language{Czech, English} }

// DigestDay is the day of the weekly digest.
type DigestDay string

// NoDigest is the alternative to the days of the week, which are named in English and in lower case.
const NoDigest DigestDay = "off"

// Valid reports whether d is a day of the week or NoDigest.
func (d DigestDay) Valid() bool { return slices.Contains(digestDays(), d) }

// Weekday returns the day; ok is false for NoDigest.
func (d DigestDay) Weekday() (day time.Weekday, ok bool) {
	for day = range time.Saturday + 1 {
		if strings.EqualFold(day.String(), string(d)) {
			return day, true
		}
	}
	return 0, false
}

func digestDays() []DigestDay {
	return []DigestDay{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", NoDigest}
}

func alertKeys() []Key {
	return []Key{
		{Section: "alerts", Name: "smtp_host", Type: Text,
			Meaning: "Mail server through which alerts go; empty: no alerts by e-mail. Its certificate may come from microsoft.ca_file too",
			slot:    func(c *Config) slot { return checked(&c.Alerts.SMTPHost, hostName) }},
		{Section: "alerts", Name: "smtp_port", Type: Number, Default: "0", Bounds: "0 to 65535",
			Meaning: "Its port; 0: the usual one of smtp_security (587 for starttls, 465 for tls, 25 for none)",
			slot:    func(c *Config) slot { return number(&c.Alerts.SMTPPort, 0, 65535) }},
		{Section: "alerts", Name: "smtp_security", Type: Choice, Default: string(StartTLS), Allowed: names(smtpSecurities()),
			Meaning: "Encryption: starttls, tls from the first byte, or none (without a login, or on this machine)",
			slot:    func(c *Config) slot { return choice(&c.Alerts.SMTPSecurity, smtpSecurities()) }},
		{Section: "alerts", Name: "smtp_user", Type: Text,
			Meaning: "Name to sign in to the mail server with; empty: it asks for no login",
			slot:    func(c *Config) slot { return checked(&c.Alerts.SMTPUser, nil) }},
		{Section: "alerts", Name: "smtp_password", Type: Hidden,
			Meaning: "Password of smtp_user",
			slot:    func(c *Config) slot { return hiddenText(&c.Alerts.SMTPPassword, nil) }},
		{Section: "alerts", Name: "from", Type: Text,
			Meaning: "E-mail address that alerts come from",
			slot:    func(c *Config) slot { return checked(&c.Alerts.From, mailbox) }},
		{Section: "alerts", Name: "to", Type: List,
			Meaning: "E-mail addresses that alerts go to",
			slot:    func(c *Config) slot { return list(&c.Alerts.To, mailbox) }},
		{Section: "alerts", Name: "webhook_url", Type: Hidden,
			Meaning: "Address that gets alerts as JSON by POST, see docs/alerts.md; hidden because such addresses often hold a key",
			slot:    func(c *Config) slot { return hiddenText(&c.Alerts.WebhookURL, webhookAddress) }},
		{Section: "alerts", Name: "webhook_secret", Type: Hidden,
			Meaning: "Shared secret with which what is sent to webhook_url is signed",
			slot:    func(c *Config) slot { return hiddenText(&c.Alerts.WebhookSecret, nil) }},
		{Section: "alerts", Name: "language", Type: Choice, Default: string(Czech), Allowed: names(languages()),
			Meaning: "Language of alerts and digest",
			slot:    func(c *Config) slot { return choice(&c.Alerts.Language, languages()) }},
		{Section: "alerts", Name: "digest", Type: Choice, Default: "monday", Allowed: names(digestDays()),
			Meaning: "Day of the weekly digest, sent at 8:00 in sync.time_zone",
			slot:    func(c *Config) slot { return choice(&c.Alerts.Digest, digestDays()) }},
		{Section: "alerts", Name: "no_progress", Type: Duration, Default: "1h", Bounds: "5m to 168h",
			Meaning: "How long nothing may be finished for a user, or read from RAYNET, before it is an alert",
			slot:    func(c *Config) slot { return span(&c.Alerts.NoProgress, 5*time.Minute, 168*time.Hour) }},
	}
}

// hostName takes the name of a machine or its address, without a port.
func hostName(value string) (string, *fault) {
	value = strings.TrimSpace(value)
	if value == "" || strings.ContainsAny(value, " /@,") || strings.Count(value, ":") == 1 {
		return "", faultf(CodeURL, map[string]string{"value": withoutUser(value)}, "write only the name: smtp.example.cz; the port goes to smtp_port",
			"%q is not the name of a mail server", withoutUser(value))
	}
	return value, nil
}

// webhookAddress never repeats the address: it may hold a key.
func webhookAddress(value string) *fault {
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.Fragment != "" {
		return faultf(CodeURL, map[string]string{"value": hidden}, "write it like https://hooks.example.cz/raynetsync",
			"this is not an address that can be used here")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return faultf(CodeInsecure, map[string]string{"value": u.Scheme + "://" + u.Host}, "write https; http is for this machine only (127.0.0.1)",
			"this address would send alerts over the network unencrypted")
	}
	return nil
}

// checkAlerts finds what is missing or unsafe between the settings of alerts.
func (l *loader) checkAlerts() {
	a := l.config.Alerts
	need := func(because, path string, isThere bool) {
		if _, set := l.found[because]; !set || isThere {
			return
		}
		for _, key := range alertKeys() {
			if key.Path() == path && !l.found[path].bad {
				l.missing(path, key.Variable(), key.Meaning+" (needed by "+because+")")
			}
		}
	}
	need("alerts.smtp_host", "alerts.from", a.From != "")
	need("alerts.smtp_host", "alerts.to", len(a.To) > 0)
	need("alerts.smtp_user", "alerts.smtp_password", !a.SMTPPassword.IsZero())
	need("alerts.webhook_url", "alerts.webhook_secret", !a.WebhookSecret.IsZero())
	if a.SMTPHost == "" && len(a.To) > 0 {
		need("alerts.to", "alerts.smtp_host", false)
	}
	if a.SMTPSecurity == Plain && a.SMTPUser != "" && !loopback(a.SMTPHost) {
		w := l.found["alerts.smtp_security"]
		l.fail(w.file, w.where, w.key, faultf(CodeInsecure, map[string]string{"value": string(Plain)}, "write starttls or tls",
			"the password would go to %s over the network unencrypted", a.SMTPHost))
	}
}
