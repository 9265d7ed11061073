package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/alert"
)

// byWeight puts what is serious and what concerns everybody first, then orders by code and user.
func byWeight(x, y *note) int {
	weight := func(n *note) int {
		switch {
		case n.Condition.User == "" && n.Condition.Serious:
			return 0
		case n.Condition.Serious:
			return 1
		}
		return 2
	}
	return cmp.Or(cmp.Compare(weight(x), weight(y)), cmp.Compare(x.Code, y.Code), cmp.Compare(x.Subject, y.Subject))
}

// attempt is a message that is on its way, or was when the process died.
type attempt struct {
	Tries int       `json:"tries"`
	At    time.Time `json:"at"`
}

const (
	// freeAttempts is how often a message is sent again at once whose sender died before it knew the outcome.
	freeAttempts = 2
	// attemptPause is how long it waits after that: a server that dies again and again must not flood anybody.
	attemptPause = time.Hour
)

func attemptKey(way Way) string { return "alerts/attempt/" + way.Name() }

// send sends one message and reports whether it was taken. That it is on its way is noted before and, with its outcome, by
// settled. What goes wrong is logged: the next tick tries again.
func (a *Alerts) send(ctx context.Context, way Way, message alert.Message) bool {
	log := a.Admin.Log.With("way", way.Name(), "kind", message.Kind, "items", len(message.Items))
	if !a.begin(ctx, way) {
		log.Warn("alert waits: earlier ones were cut off before their outcome was known")
		return false
	}
	err := way.Send(ctx, message)
	if failed, ok := errors.AsType[*alert.Error](err); ok && failed.Delivered {
		log.Warn("alert reached some recipients only", "err", err)
		err = nil
	}
	if err == nil {
		delete(a.failing, way.Name())
		log.Info("alert sent", "id", message.ID)
		return true
	}
	if failure := a.settled(ctx, way); failure != nil {
		err = errors.Join(err, failure)
	}
	now := a.Admin.Now()
	if last, known := a.failing[way.Name()]; !known || now.Sub(last) >= complainAfter {
		if a.failing == nil {
			a.failing = map[string]time.Time{}
		}
		a.failing[way.Name()] = now
		log.Error("alert was not delivered; it is tried again every minute", "err", err)
	}
	return false
}

// begin notes that a message is about to leave, and reports whether it may. A database that cannot be read or written keeps
// nobody from being told.
func (a *Alerts) begin(ctx context.Context, way Way) bool {
	now := a.Admin.Now()
	var before attempt
	value, ok, err := a.Admin.Store.Recall(ctx, attemptKey(way))
	if err == nil && ok {
		err = json.Unmarshal(value, &before)
	}
	if err == nil && before.Tries >= freeAttempts && now.Sub(before.At) < attemptPause {
		return false
	}
	if value, err = json.Marshal(attempt{Tries: before.Tries + 1, At: now}); err == nil {
		err = a.Admin.Store.Remember(ctx, attemptKey(way), value)
	}
	if err != nil {
		a.Admin.Log.Warn("alert leaves without a note", "way", way.Name(), "err", err)
	}
	return true
}

// settled notes that the outcome of the last message is known.
func (a *Alerts) settled(ctx context.Context, way Way) error {
	return a.Admin.Store.Forget(context.WithoutCancel(ctx), attemptKey(way))
}

// AlertAnswer is what one way answered to a test message.
type AlertAnswer struct {
	Way    string `json:"way"` // "alert.way-<name>"
	Target string `json:"target"`
	Sent   bool   `json:"sent"`
	// Partly says that some recipients did not get it.
	Partly bool `json:"partly,omitzero"`
	// Code is "alert.answer-<code>", empty if all went well; Host, Status and Detail are what was said by whom.
	Code   string `json:"code,omitempty"`
	Host   string `json:"host,omitempty"`
	Status int    `json:"status,omitzero"`
	Detail string `json:"detail,omitempty"`
}

// Test sends a test message by each way and tells what each answered. No way is no answer.
func (a *Alerts) Test(ctx context.Context) ([]AlertAnswer, error) {
	answers := []AlertAnswer{}
	for _, way := range a.Ways {
		answer := AlertAnswer{Way: way.Name(), Target: way.Target()}
		err := way.Send(ctx, alert.Message{ID: a.Admin.NewID(), Kind: alert.Test, At: a.Admin.Now(), URL: a.URL})
		failed, known := errors.AsType[*alert.Error](err)
		switch {
		case err == nil:
			answer.Sent = true
		case known:
			answer.Sent, answer.Partly = failed.Delivered, failed.Delivered
			answer.Code, answer.Host, answer.Status, answer.Detail = failed.Code, failed.Host, failed.Status, failed.Detail
		default:
			return nil, fmt.Errorf("send a test message: %w", err)
		}
		answers = append(answers, answer)
	}
	return answers, nil
}
