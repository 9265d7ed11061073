package raynet

import (
	"net/http"
	"strconv"
	"time"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// Budget is the instance's daily allowance of requests, shared with everybody else's integrations.
type Budget struct {
	// Limit and Remaining are requests per day; Limit 0 means that nothing is known yet.
	Limit, Remaining int
	// Reset is when the day ends, by the service's clock.
	Reset time.Time
	// At is when this was told, by our clock.
	At time.Time
}

// Budget returns what the latest answer said.
func (c *Client) Budget() Budget {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.budget
}

// note takes the budget and the clock from an answer.
func (c *Client) note(response *wire.Response) {
	limit, err1 := strconv.Atoi(response.Header.Get("X-Ratelimit-Limit"))
	remaining, err2 := strconv.Atoi(response.Header.Get("X-Ratelimit-Remaining"))
	reset, err3 := strconv.ParseInt(response.Header.Get("X-Ratelimit-Reset"), 10, 64)
	date, err4 := http.ParseTime(response.Header.Get("Date"))
	c.mu.Lock()
	defer c.mu.Unlock()
	if err4 == nil {
		c.ahead, c.dated = date.Sub(response.At), true
	}
	if err1 != nil || err2 != nil || err3 != nil || response.At.Before(c.budget.At) {
		return
	}
	// A day ends within a day: an absurd number, milliseconds say, must not stop everything for thousands of years.
	latest := response.At.Add(c.ahead).Add(24 * time.Hour).Unix()
	c.budget = Budget{Limit: limit, Remaining: remaining, Reset: time.Unix(min(max(reset, 0), latest), 0).UTC(), At: response.At}
}

// Clock returns how far RAYNET's clock was ahead of ours at the latest answer; known is false before the first one that told.
func (c *Client) Clock() (ahead time.Duration, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ahead, c.dated
}

// local converts a moment of the service's clock to ours.
func (c *Client) local(theirs time.Time) time.Time {
	if theirs.IsZero() {
		return theirs
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return theirs.Add(-c.ahead)
}

// theirs converts a moment of our clock to the service's.
func (c *Client) theirs(ours time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return ours.Add(c.ahead)
}

// spent refuses a request that would eat into the reserve.
func (c *Client) spent(doing string) error {
	budget := c.Budget()
	reset := c.local(budget.Reset)
	if c.config.Reserve < 0 || budget.Limit <= 0 || !c.config.Now().Before(reset) {
		return nil
	}
	if budget.Remaining*100 >= budget.Limit*c.config.Reserve {
		return nil
	}
	failed := fault(remote.Throttled, doing, "the rest of the day's requests is left to other integrations")
	failed.Code, failed.RetryAt = quotaType, reset
	return failed
}
