package app

import (
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"raynetsync/internal/admin"
	"raynetsync/internal/config"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
	"raynetsync/internal/remote/wire"
	"raynetsync/internal/vault"
)

const day = 24 * time.Hour

// rulesOf puts the settings into the words of the engine. What a setting does not touch is as pair.DefaultRules has it.
func rulesOf(s config.Sync) func(journal.Pair) pair.Rules {
	return func(p journal.Pair) pair.Rules {
		rules := pair.DefaultRules(p.Kind)
		if s.Direction == config.ToOutlook {
			rules.Flow = record.ToOutlook
		}
		perKind(&rules, s, p.Kind)
		rules.RemoveCopies = s.DeletedInRaynet == config.RemoveCopy
		rules.FreeRemovals = s.MaxRemovalsFree
		rules.MaxChangedPercent, rules.FreeChanges = s.MaxChangedPercent, s.MaxChangedFree
		rules.LoopWrites, rules.LoopWindow = s.LoopWrites, s.LoopWindow
		rules.SettleHorizon, rules.DeletionGrace = s.SettleHorizon, s.DeletionGrace
		rules.PrivateText = record.Value(s.PrivateTitle)
		return rules
	}
}

// perKind puts in what is set for each kind on its own.
func perKind(rules *pair.Rules, s config.Sync, kind record.Kind) {
	switch kind {
	case record.Calendar:
		rules.Clash = pair.Clash(s.ClashCalendar)
		rules.Back, rules.Forward = time.Duration(s.WindowBackDays)*day, time.Duration(s.WindowForwardDays)*day
		rules.MaxRemovals, rules.MaxRemovalsPercent = s.MaxRemovalsCalendar, s.MaxRemovalsPercentCalendar
	case record.Contacts:
		rules.Clash = pair.Clash(s.ClashContacts)
		rules.MaxRemovals, rules.MaxRemovalsPercent = s.MaxRemovalsContacts, s.MaxRemovalsPercentContacts
	case record.Tasks:
		rules.Clash = pair.Clash(s.ClashTasks)
		rules.Back = time.Duration(s.TasksCompletedDays) * day
		rules.MaxRemovals, rules.MaxRemovalsPercent = s.MaxRemovalsTasks, s.MaxRemovalsPercentTasks
	}
}

// settings are what the use-cases need of the configuration.
func (a *App) settings(keys *vault.Vault, rules func(journal.Pair) pair.Rules) admin.Settings {
	c := a.Config
	secret := c.Microsoft.ClientSecret.Reveal()
	_, notID := uuid.Parse(secret)
	s := admin.Settings{
		Users: c.Sync.Users, Zone: c.Sync.TimeZone, Kinds: kinds(c.Sync.Kinds), Rules: rules,
		TenantID: c.Microsoft.TenantID, ClientID: c.Microsoft.ClientID, SecretLooksLikeID: notID == nil,
		SecretExpires: c.Microsoft.SecretExpires, Poll: c.Sync.PollInterval, ReservePercent: c.Sync.RaynetReservePercent,
		RaynetURL: c.Raynet.URL, GraphURL: c.Microsoft.GraphURL,
		RaynetLogin: fingerprint(keys, c.Raynet.URL, c.Raynet.Instance, c.Raynet.User, c.Raynet.APIKey.Reveal()),
		MicrosoftLogin: fingerprint(keys, c.Microsoft.AuthorityURL, c.Microsoft.TenantID, c.Microsoft.ClientID, secret,
			certificate(c.Microsoft.CertificateFile)),
	}
	for _, user := range c.Users {
		s.Overrides = append(s.Overrides, admin.UserOverride{
			Mailbox: user.Mailbox, Raynet: user.Raynet, Kinds: kinds(user.Kinds), Zone: user.TimeZone,
		})
	}
	return s
}

// kinds keeps the difference between nil (as usual) and empty (nothing).
func kinds(names []string) []record.Kind {
	if names == nil {
		return nil
	}
	out := make([]record.Kind, len(names))
	for i, name := range names {
		out[i] = record.Kind(name)
	}
	return out
}

func fingerprint(keys *vault.Vault, parts ...string) string {
	return keys.Fingerprint(strings.Join(parts, "\x00"))
}

// certificate returns what is in the file, so that a new certificate under the old name is noticed. A file that cannot be read
// is the client's to complain about.
func certificate(file string) string {
	if file == "" {
		return ""
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return string(content)
}

// transportOf returns what carries requests to RAYNET: given, or the network with the authorities of a PEM file besides the
// system's own. nil is the client's own choice.
func transportOf(given http.RoundTripper, caFile string) (http.RoundTripper, error) {
	if given != nil || caFile == "" {
		return given, nil
	}
	pool, err := rootsOf(caFile)
	if err != nil {
		return nil, err
	}
	return wire.NewTransport(pool), nil
}
