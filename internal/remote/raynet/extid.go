package raynet

import (
	"context"
	"slices"
	"strings"
	"sync"

	"raynetsync/internal/remote"
)

// learned is what is known about external ids on create: each instance must be asked by doing it.
type learned struct {
	mu       sync.Mutex
	known    bool            // guarded by mu
	accepted bool            // guarded by mu
	suspects map[string]bool // guarded by mu; keys with which a create was refused: until it is known why, creates go without
}

// ExtID tells whether the instance takes an external id on create; known is false until the first create was read back.
func (c *Client) ExtID() (accepted, known bool) {
	c.extID.mu.Lock()
	defer c.extID.mu.Unlock()
	return c.extID.accepted, c.extID.known
}

// inline reports whether a create should carry its key, rather than get it by a second call.
func (l *learned) inline() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known {
		return l.accepted
	}
	return len(l.suspects) == 0
}

// refused takes note of a refused create: with a key the key may be to blame. The same without it tells that it was not; another one
// without it tells nothing, or one record that RAYNET never takes would have everybody's creates refused for ever.
func (l *learned) refused(request remote.Request, err error) {
	if remote.KindOf(err) != remote.Invalid || remote.IsUnknown(err) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.known:
	case !carriesKey(request):
		delete(l.suspects, request.Key)
	case l.suspects == nil:
		l.suspects = map[string]bool{request.Key: true}
	default:
		l.suspects[request.Key] = true
	}
}

// taken takes note of a create that succeeded without its key: if it was refused with it, the key is to blame.
func (l *learned) taken(key string) {
	l.mu.Lock()
	suspect := l.suspects[key]
	l.mu.Unlock()
	if suspect {
		l.set(false)
	}
}

func (l *learned) set(accepted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known, l.accepted, l.suspects = true, accepted, nil
}

func carriesKey(request remote.Request) bool {
	return request.Key != "" && strings.Contains(request.Body, `"extId":`)
}

// dropped reports whether the instance dropped the key that a create carried. The first create is read back to learn about it; those that
// were composed before we knew lack theirs too, and later ones are composed with a call that brings it.
// What could not be read back may lack it: bringing it once more changes nothing.
func (c *Client) dropped(ctx context.Context, request remote.Request, ref remote.Ref) bool {
	accepted, known := c.ExtID()
	switch carries := carriesKey(request); {
	case request.Key == "" || known && (accepted || !carries):
		return false
	case known:
		return true
	case !carries:
		c.extID.taken(request.Key)
		return false
	}
	response, err := c.get(ctx, "read "+ref.Type+" "+ref.ID, ref.Type+"/"+ref.ID+"/", isoDates())
	if err != nil {
		return true
	}
	data, err := one("read back a create", response.Body)
	if err != nil {
		return true
	}
	seen, err := c.sight(data, ref.Type, response.At)
	if err != nil || seen.thing == nil {
		return true
	}
	accepted = slices.Contains(seen.thing.keys(), request.Key)
	c.extID.set(accepted)
	return !accepted
}
