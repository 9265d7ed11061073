package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/config"
	"raynetsync/internal/record"
)

// OwnChoice is which kinds a person may choose for their mailbox, and which are chosen.
type OwnChoice struct {
	Allowed, Chosen []record.Kind
	// Fixed tells that the configuration file or the environment decides.
	Fixed bool
}

// ownKinds is what is remembered of a person's own choice, so that it never reaches farther than what the administrator chose.
type ownKinds struct {
	// Limit are the kinds that the administrator chose for this user; empty: those for everybody.
	Limit []string `json:"limit,omitempty"`
	// Chosen are the kinds that the person chose. If the settings show others, an administrator decided after that.
	Chosen []string `json:"chosen"`
}

func ownKindsKey(mailbox string) string { return "own-kinds/" + mailbox }

// ownSettings are the settings of one mailbox, and what is remembered of its person's choice.
type ownSettings struct {
	config *config.Config
	saved  config.Saved
	// name is under which the settings have, or would have, the user's exceptions.
	name  string
	user  config.User
	limit []string // what the administrator chose for this user; nil: what everybody has
}

// OwnKinds returns what the person of a mailbox may choose. mailbox is its Graph user id, address its main address.
func (s *Setup) OwnKinds(ctx context.Context, mailbox, address string) (OwnChoice, error) {
	own, err := s.ownSettings(ctx, mailbox, address)
	if err != nil {
		return OwnChoice{}, err
	}
	choice := OwnChoice{Allowed: kindsOf(own.allowed()), Chosen: kindsOf(own.user.Kinds), Fixed: own.config.FixedUser(own.name)}
	if len(choice.Chosen) == 0 {
		choice.Chosen = choice.Allowed
	}
	return choice, nil
}

func (s *Setup) ownSettings(ctx context.Context, mailbox, address string) (ownSettings, error) {
	own := ownSettings{name: strings.ToLower(address)}
	var err error
	if own.config, err = s.Current(ctx); err != nil {
		return own, err
	}
	if own.saved, err = SavedSettings(ctx, s.Store); err != nil {
		return own, err
	}
	for _, user := range own.config.Users {
		if user.Mailbox == strings.ToLower(mailbox) || user.Mailbox == own.name {
			own.name, own.user = user.Mailbox, user
		}
	}
	own.limit = own.user.Kinds
	value, ok, err := s.Store.Recall(ctx, ownKindsKey(mailbox))
	if err != nil || !ok {
		return own, err
	}
	var kept ownKinds
	if err := json.Unmarshal(value, &kept); err != nil {
		return own, fmt.Errorf("read the choice of kinds of %s: %w", address, err)
	}
	if slices.Equal(kept.Chosen, own.user.Kinds) {
		own.limit = kept.Limit
	}
	return own, nil
}

// allowed are the kinds that an administrator chose for the mailbox.
func (o ownSettings) allowed() []string {
	if len(o.limit) > 0 {
		return o.limit
	}
	return o.config.Sync.Kinds
}

func kindsOf(names []string) []record.Kind {
	var out []record.Kind
	for _, kind := range record.Kinds() {
		if slices.Contains(names, string(kind)) {
			out = append(out, kind)
		}
	}
	return out
}

// SetOwnKinds keeps which kinds the person of a mailbox wants, and makes it hold at once. A kind that is switched off rests: what
// is linked stays linked, nothing is removed, and switching it on again goes on from there. Failures: FailureNoKind if none is
// chosen (that is what pausing is for), FailureNotAllowed for kinds that the administrator did not choose, FailureOwnFixed.
func (s *Setup) SetOwnKinds(ctx context.Context, mailbox, address string, kinds []record.Kind) error {
	own, err := s.ownSettings(ctx, mailbox, address)
	if err != nil {
		return err
	}
	if own.config.FixedUser(own.name) {
		return &Failure{Code: FailureOwnFixed}
	}
	var names []string
	for _, kind := range record.Kinds() {
		if slices.Contains(kinds, kind) {
			names = append(names, string(kind))
		}
	}
	for _, kind := range kinds {
		if !slices.Contains(own.allowed(), string(kind)) {
			return &Failure{Code: FailureNotAllowed, Args: map[string]any{"Kind": kind}}
		}
	}
	if len(names) == 0 {
		return &Failure{Code: FailureNoKind}
	}
	return s.keepOwnKinds(ctx, mailbox, own, names)
}

// FailureNotAllowed is the code of a kind that the administrator did not choose: Kind.
const FailureNotAllowed = "kind-not-allowed"

// keepOwnKinds writes the choice: the memory of whose it is first, which means nothing while the settings show another one.
func (s *Setup) keepOwnKinds(ctx context.Context, mailbox string, own ownSettings, names []string) error {
	values := map[string]string{}
	if len(own.limit) > 0 || !slices.Equal(kindsOf(names), kindsOf(own.config.Sync.Kinds)) { // else the person wants what everybody has
		values["kinds"] = strings.Join(names, ",")
	}
	for name, value := range own.saved.Users[own.name] {
		if name != "kinds" {
			values[name] = value
		}
	}
	kept, err := json.Marshal(ownKinds{Limit: own.limit, Chosen: names})
	if err == nil {
		err = s.Store.Remember(ctx, ownKindsKey(mailbox), kept)
	}
	if err != nil {
		return fmt.Errorf("keep the choice of kinds of %s: %w", own.name, err)
	}
	next := own.saved.With(config.Saved{Users: map[string]map[string]string{own.name: values}})
	if _, err := s.read(next); err != nil {
		return err
	}
	if err := writeSaved(ctx, s.Store, savedSecret, next); err != nil {
		return err
	}
	return s.apply(ctx)
}
