package app

import (
	"context"
	"strconv"
	"strings"
	"time"

	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/store"
)

// sightSettles is for how long after a change of the account's rights nothing that vanished is believed to be deleted.
const sightSettles = 24 * time.Hour

// sight tells whether the RAYNET account may see what it could see before: a changed role makes records vanish that nobody
// deleted.
type sight struct {
	client *raynet.Client
	store  *store.Store
	key    string
	now    func() time.Time
}

func newSight(parts Parts) *sight {
	return &sight{client: parts.Raynet, store: parts.Store, key: "sight/" + parts.Name, now: parts.Now}
}

// Unchanged compares the account's rights with those of the last time and remembers them, unless it is a dry run that asks. A
// change counts for a day: what vanished with it is not taken for deleted, and what is deleted later is.
func (s *sight) Unchanged(ctx context.Context, dry bool) (bool, error) {
	account, err := s.client.Account(ctx)
	if err != nil {
		return false, err
	}
	stored, ok, err := s.store.Recall(ctx, s.key)
	if err != nil {
		return false, err
	}
	changed, sees := parseSight(stored)
	now := s.now()
	if ok && sees == account.Sees {
		return now.Sub(changed) >= sightSettles, nil
	}
	if !ok {
		changed = time.Time{} // the first look has nothing to differ from
	} else {
		changed = now
	}
	if dry {
		return !ok, nil
	}
	return !ok, s.store.Remember(ctx, s.key, []byte(strconv.FormatInt(changed.UnixMilli(), 10)+" "+account.Sees))
}

// parseSight reads what Unchanged remembered: when the rights changed, and what they are.
func parseSight(stored []byte) (changed time.Time, sees string) {
	at, sees, _ := strings.Cut(string(stored), " ")
	milliseconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return time.Time{}, ""
	}
	return time.UnixMilli(milliseconds), sees
}
