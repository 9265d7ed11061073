package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"raynetsync/internal/remote"
)

// maxWait is the longest wait that happens inside a call. A service that asks for more gets its caller told, who can do
// something better than hold a slot.
const maxWait = 10 * time.Second

// retryOptions makes azcore repeat only what may be repeated. Left alone it repeats POST after 500, 502, 504 and lost
// connections, which makes twins.
func (w *Wire) retryOptions(call Call, st *state) policy.RetryOptions {
	options := policy.RetryOptions{MaxRetries: int32(w.options.Retries), RetryDelay: 800 * time.Millisecond, MaxRetryDelay: maxWait}
	options.ShouldRetry = func(raw *http.Response, err error) bool {
		if !call.Safe && !call.reads() {
			return false
		}
		failed := w.judge(call, st, raw, err)
		if failed == nil {
			return false
		}
		again := (failed.Kind == remote.Throttled || failed.Kind == remote.Unavailable) &&
			(failed.RetryAt.IsZero() || failed.RetryAt.Sub(w.options.Now()) <= maxWait)
		st.unsure = st.unsure || (again && failed.Unknown)
		return again
	}
	return options
}

// judge reads the outcome of one try; nil means success.
func (w *Wire) judge(call Call, st *state, raw *http.Response, err error) *remote.Error {
	if err != nil {
		return w.failure(call, st, nil, err)
	}
	response, err := w.response(raw)
	if err != nil {
		return w.failure(call, st, nil, err)
	}
	if response.Status >= 200 && response.Status <= 299 {
		return nil
	}
	return w.failure(call, st, response, nil)
}

// reads reports whether the call changes nothing.
func (c Call) reads() bool {
	return c.Reads || c.Method == http.MethodGet || c.Method == http.MethodHead || c.Method == http.MethodOptions
}

// failure turns an answer outside 2xx, or the error that came instead of one, into the typed error.
func (w *Wire) failure(call Call, st *state, response *Response, cause error) *remote.Error {
	cause = withoutAddress(cause)
	var failed *remote.Error
	if w.options.Classify != nil {
		failed = w.options.Classify(response, cause)
	}
	if failed == nil {
		failed = usual(st, response, cause)
	}
	failed.Side, failed.Doing = w.options.Side, call.Doing
	if response != nil {
		failed.Status = response.Status
		if failed.RetryAt.IsZero() {
			if wait, ok := retryAfter(response.Header, response.At); ok {
				failed.RetryAt = response.At.Add(wait)
			}
		}
	}
	_, kept := errors.AsType[unsent](cause)
	switch {
	case call.reads():
		failed.Unknown = false
	case st.unsure:
		failed.Unknown = true
	case kept: // and no earlier try came about
		failed.Unknown = false
	case response == nil:
		failed.Unknown = failed.Unknown || (st.left && !neverLeft(cause))
	default:
		open := response.Status >= 500 || response.Status < 400 || response.Status == http.StatusRequestTimeout
		failed.Unknown = failed.Unknown || (open && failed.Kind == remote.Unavailable)
	}
	return failed
}

// usual is the reading of a failure when the service has none of its own.
func usual(st *state, response *Response, cause error) *remote.Error {
	if response != nil {
		failed := &remote.Error{Kind: KindOfStatus(response.Status)}
		if response.Status >= 300 && response.Status < 400 {
			failed.Text = "the service redirects; redirects are not followed: check the address"
		}
		return failed
	}
	failed := &remote.Error{Kind: remote.Unavailable, Err: cause}
	_, ours := errors.AsType[refusal](cause)
	_, kept := errors.AsType[unsent](cause)
	if !st.left && !kept && !ours && !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		failed.Text = "the request got no credentials" // the cause's own text may hold secrets
	}
	return failed
}

// refusal is an error of our own making, whose text holds nothing secret.
type refusal string

func (r refusal) Error() string { return string(r) }

// KindOfStatus returns what an HTTP status alone says about a failure.
func KindOfStatus(status int) remote.ErrorKind {
	switch status {
	case http.StatusUnauthorized:
		return remote.Unauthorized
	case http.StatusPaymentRequired, http.StatusForbidden:
		return remote.Forbidden
	case http.StatusNotFound, http.StatusGone:
		return remote.NotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return remote.Conflict
	case http.StatusLocked:
		return remote.Locked
	case http.StatusTooManyRequests:
		return remote.Throttled
	case http.StatusRequestTimeout:
		return remote.Unavailable
	}
	if status >= 400 && status < 500 {
		return remote.Invalid
	}
	return remote.Unavailable
}

// neverLeft reports whether the error proves that no byte of the request reached the service.
func neverLeft(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return true
	}
	_, dns := errors.AsType[*net.DNSError](err)
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	return dns || certificate
}

// withoutAddress drops the request's address, which holds the query, from an error of net/http.
func withoutAddress(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// delays writes every form of Retry-After as milliseconds, the only form that azcore reads exactly: it takes a fraction
// of a second for nothing and a date by our clock alone.
type delays struct{ w *Wire }

func (d delays) Do(request *policy.Request) (*http.Response, error) {
	response, err := request.Next()
	if err != nil || response == nil {
		return response, err
	}
	if wait, ok := retryAfter(response.Header, d.w.options.Now()); ok {
		if response.StatusCode == http.StatusTooManyRequests {
			d.w.closeUntil(stateOf(request.Raw().Context()).call.Key, d.w.options.Now().Add(wait))
		}
		for _, name := range []string{"Retry-After", "X-Ms-Retry-After-Ms"} {
			response.Header.Del(name)
		}
		response.Header.Set("Retry-After-Ms", strconv.FormatInt(max(wait.Milliseconds(), 1), 10))
	}
	return response, nil
}

// retryAfter reads how long the service asks to wait: milliseconds, seconds, a fraction of seconds, or a date. A date is
// measured from the answer's own Date, so that a wrong clock of ours makes no difference. It is never negative; ok is
// false if nothing readable was asked.
func retryAfter(header http.Header, now time.Time) (wait time.Duration, ok bool) {
	for _, name := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		if ms, err := strconv.ParseFloat(strings.TrimSpace(header.Get(name)), 64); err == nil {
			return seconds(ms / 1000), true
		}
	}
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	if s, err := strconv.ParseFloat(text, 64); err == nil {
		return seconds(s), true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	if sent, err := http.ParseTime(header.Get("Date")); err == nil {
		now = sent
	}
	return max(at.Sub(now), 0), true
}

// seconds converts with a ceiling of a day, against overflow and nonsense.
func seconds(s float64) time.Duration {
	const day = 24 * 60 * 60
	if !(s > 0) { // also NaN
		return 0
	}
	return time.Duration(min(s, day) * float64(time.Second))
}
