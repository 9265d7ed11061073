package admin

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
)

// The checks of the RAYNET side.
const (
	checkRaynetAddress  = "raynet-address"
	checkRaynetLogin    = "raynet-login"
	checkRaynetInstance = "raynet-instance"
	checkRaynetRights   = "raynet-rights"
	checkRaynetSight    = "raynet-sight"
	checkRaynetZone     = "raynet-zone"
	checkRaynetBudget   = "raynet-budget"
	checkRaynetExtID    = "raynet-ext-id"
	checkExtIDTry       = "raynet-ext-id-try"
)

// raynetHosts are the addresses of the API, by country.
func raynetHosts() []string {
	return []string{"app.raynet.cz", "app.raynetcrm.sk", "app.raynetcrm.com", "eu.raynetcrm.com"}
}

// behindLogin are the checks that need a good login.
func behindLogin() []string { return []string{checkRaynetRights, checkRaynetSight, checkRaynetZone} }

// raynetLogin checks address, instance and login, by at most one try of a login that was refused before.
func (v *verifier) raynetLogin(ctx context.Context) error {
	args := v.raynetArgs()
	if !secure(v.Settings.RaynetURL) {
		v.say(checkRaynetAddress, CheckFailed, "insecure", args)
		v.skip(checkRaynetAddress, checkRaynetInstance, checkRaynetLogin)
		return nil
	}
	before, known, err := v.refusal(ctx, raynetSide)
	if err != nil {
		return err
	}
	if known && before.Login == v.Settings.RaynetLogin && before.Tries >= loginTries && v.Now().Before(before.At.Add(loginPause)) {
		v.skip(checkRaynetLogin, checkRaynetAddress, checkRaynetInstance)
		v.say(checkRaynetLogin, CheckFailed, "not-tried", map[string]any{"until": before.At.Add(loginPause).UTC().Format("15:04 UTC"), "tries": before.Tries})
		return nil
	}
	v.Raynet.Relogin()
	if err = v.Raynet.Probe(ctx); err == nil {
		v.account, err = v.Raynet.Account(ctx)
	}
	if err == nil {
		v.entered = true
		v.address()
		v.say(checkRaynetInstance, CheckOK, codeOK, map[string]any{"id": v.account.InstanceID})
		v.say(checkRaynetLogin, CheckOK, codeOK, map[string]any{"user": v.account.UserName})
		return v.forgetRefusal(ctx, raynetSide)
	}
	v.raynetRefused(err, known && v.Now().Sub(before.At) < loginPause)
	return v.LoginRefused(ctx, err)
}

// secure reports that the key would not cross the network in clear.
func secure(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// address judges an address that has answered.
func (v *verifier) address() {
	u, err := url.Parse(v.Settings.RaynetURL)
	if err == nil {
		host := strings.ToLower(u.Hostname())
		if strings.Contains(host, "raynet") && !slices.Contains(raynetHosts(), host) {
			v.say(checkRaynetAddress, CheckWarning, "other-host", map[string]any{"host": host})
			return
		}
	}
	v.say(checkRaynetAddress, CheckOK, codeOK, v.raynetArgs())
}

// raynetRefused says what a failed login means. recently says that RAYNET refused a login of ours within the hour.
func (v *verifier) raynetRefused(err error, recently bool) {
	failed := serviceError(err)
	args := v.raynetArgs()
	refused := func(code string) {
		v.address()
		v.skip(checkRaynetLogin, checkRaynetInstance)
		v.fail(checkRaynetLogin, CheckFailed, code, args, err)
	}
	unreached := func(code string) {
		v.fail(checkRaynetAddress, CheckFailed, code, args, err)
		v.skip(checkRaynetAddress, checkRaynetInstance, checkRaynetLogin)
	}
	switch failed.Kind {
	case remote.Unauthorized:
		refused("refused") // RAYNET does not say whether instance, user or key is wrong
	case remote.Forbidden:
		switch {
		case failed.Status == http.StatusPaymentRequired:
			refused("plan")
		case recently:
			refused("blocked")
		default:
			refused("no-access")
		}
	case remote.NotFound:
		v.address()
		v.fail(checkRaynetInstance, CheckFailed, codeUnknown, args, err)
		v.skip(checkRaynetInstance, checkRaynetLogin)
	case remote.Throttled:
		v.address()
		v.skip(checkRaynetBudget, checkRaynetInstance, checkRaynetLogin)
		v.throttled(failed)
	case remote.Unavailable, remote.Conflict, remote.Duplicate, remote.Invalid, remote.Locked, remote.NoMailbox, remote.CursorDead, remote.Mailing:
		switch {
		case failed.Code == raynet.CodeForeign:
			unreached("not-api")
		case failed.Status == 0:
			unreached(codeUnreachable)
		case failed.Status >= http.StatusInternalServerError:
			unreached("down")
		default:
			unreached("not-api")
		}
	}
}

// throttled tells a spent day from too many connections.
func (v *verifier) throttled(failed *remote.Error) {
	args := map[string]any{"until": failed.RetryAt.UTC().Format("2006-01-02 15:04 UTC")}
	switch {
	case failed.Code == "":
		v.fail(checkRaynetBudget, CheckFailed, "connections", nil, failed)
	case failed.Status == 0: // our own client leaves the rest to others
		v.fail(checkRaynetBudget, CheckFailed, "reserve", args, failed)
	default:
		v.fail(checkRaynetBudget, CheckFailed, "spent", args, failed)
	}
}

// raynetAccount checks what the account may do and see, its zone, and what is left of the day's requests.
func (v *verifier) raynetAccount(ctx context.Context) error {
	if !v.entered {
		on := checkRaynetLogin
		for _, id := range []string{checkRaynetAddress, checkRaynetInstance, checkRaynetBudget} {
			if v.failed(id) {
				on = id
			}
		}
		v.skip(on, behindLogin()...)
		if on != checkRaynetBudget {
			v.skip(on, checkRaynetBudget)
		}
		return nil
	}
	v.rights()
	users, err := v.Raynet.Users(ctx)
	v.people.raynet, v.people.raynetErr = users, err
	if v.people.raynetKnown = err == nil; v.people.raynetKnown {
		v.sight()
	} else {
		v.fail(checkRaynetSight, CheckFailed, "no-users", nil, err)
	}
	if v.account.Zone == "" {
		v.say(checkRaynetZone, CheckWarning, codeUnknown, map[string]any{"zone": v.fallbackZone()})
	} else {
		v.say(checkRaynetZone, CheckOK, codeOK, map[string]any{"zone": v.account.Zone})
	}
	v.budget()
	return nil
}

func (v *verifier) rights() {
	args := map[string]any{"role": v.account.Role}
	switch v.account.Role {
	case "ADMIN", "FULL_THROTTLE":
		v.say(checkRaynetRights, CheckOK, codeOK, args)
	case "READONLY":
		v.say(checkRaynetRights, CheckFailed, "read-only", args)
	case "":
		v.say(checkRaynetRights, CheckWarning, codeUnknown, args)
	default:
		v.say(checkRaynetRights, CheckWarning, "limited", args)
	}
}

// sight says whether the account sees and may change everybody's records.
func (v *verifier) sight() {
	switch {
	case v.account.Filtered:
		v.say(checkRaynetSight, CheckWarning, "filtered", nil)
	case v.account.OnlyOwned:
		v.say(checkRaynetSight, CheckWarning, "only-owned", nil)
	case v.account.Role == "":
		v.say(checkRaynetSight, CheckWarning, codeUnknown, nil)
	default:
		v.say(checkRaynetSight, CheckOK, codeOK, map[string]any{"users": len(v.people.raynet)})
	}
}

// lowBudget is the percentage of the day's requests below which it is told.
const lowBudget = 25

func (v *verifier) budget() {
	budget := v.Raynet.Budget()
	args := map[string]any{"remaining": budget.Remaining, "limit": budget.Limit, "until": budget.Reset.UTC().Format("2006-01-02 15:04 UTC")}
	switch {
	case budget.Limit <= 0:
		v.say(checkRaynetBudget, CheckWarning, codeUnknown, nil)
	case budget.Remaining <= 0:
		v.say(checkRaynetBudget, CheckFailed, "spent", args)
	case budget.Remaining*100 < budget.Limit*lowBudget:
		v.say(checkRaynetBudget, CheckWarning, "low", args)
	default:
		v.say(checkRaynetBudget, CheckOK, codeOK, args)
	}
}

// extIDKey remembers whether the instance takes an external id on create.
const extIDKey = "raynet/ext-id"

// raynetExtID says whether RAYNET takes an external id on create: learned from the first real create, or tried on request.
func (v *verifier) raynetExtID(ctx context.Context) error {
	if !v.entered {
		v.skip(v.raynetFailure(), checkRaynetExtID)
		return nil
	}
	if v.options.Write {
		if v.failed(checkRaynetRights) {
			v.skip(checkRaynetRights, checkRaynetExtID)
			return nil
		}
		v.tryExtID(ctx)
	}
	accepted, known := v.Raynet.ExtID()
	if known {
		value, err := json.Marshal(accepted)
		if err == nil {
			err = v.Store.Remember(ctx, extIDKey, value)
		}
		if err != nil {
			return err
		}
	} else if value, ok, err := v.Store.Recall(ctx, extIDKey); err != nil {
		return err
	} else if ok {
		known = json.Unmarshal(value, &accepted) == nil
	}
	switch {
	case !known:
		v.say(checkRaynetExtID, CheckSkipped, codeUnknown, nil)
	case accepted:
		v.say(checkRaynetExtID, CheckOK, codeOK, nil)
	default:
		v.say(checkRaynetExtID, CheckOK, "second-call", nil)
	}
	return nil
}

func (v *verifier) raynetFailure() string {
	for _, id := range []string{checkRaynetAddress, checkRaynetInstance, checkRaynetBudget} {
		if v.failed(id) {
			return id
		}
	}
	return checkRaynetLogin
}

// tryExtID creates a marked task with an external id, lets the client read it back, and deletes it. A RAYNET that refuses the
// id gets the task without it: the client learns from both.
func (v *verifier) tryExtID(ctx context.Context) {
	const id = checkExtIDTry
	if v.account.PersonID == "" {
		v.say(id, CheckSkipped, "no-person", nil) // nobody else shall find a task on the list
		return
	}
	key, person := "raynetsync-doctor-"+v.NewID(), jsontext.Value(v.account.PersonID)
	body := map[string]any{
		"title": "raynetsync doctor", "priority": "MINOR", "personal": true, "owner": person, "resolver": person, "extId": key,
		"deadline": v.Now().AddDate(0, 0, 1).UTC().Format("2006-01-02T15:04:05.000-07:00"),
	}
	made, err := v.createTask(ctx, key, body)
	if remote.KindOf(err) == remote.Invalid && err != nil {
		delete(body, "extId")
		made, err = v.createTask(ctx, key, body)
	}
	if err != nil && remote.IsUnknown(err) {
		made, err = v.findTask(ctx, key, err)
	}
	if err != nil && remote.IsUnknown(err) {
		v.fail(id, CheckWarning, codeUnknown, map[string]any{"key": key}, err)
		return
	}
	if err != nil {
		v.fail(id, CheckFailed, "refused", nil, err)
		return
	}
	gone := remote.Request{Side: record.Raynet, Kind: record.Tasks, Op: remote.Delete, Method: http.MethodDelete, Path: "task/" + made.ID + "/", Ref: made}
	if _, err = v.Raynet.Send(context.WithoutCancel(ctx), gone); err != nil && remote.KindOf(err) != remote.NotFound {
		v.fail(id, CheckWarning, "left-behind", map[string]any{"ref": made.String(), "key": key}, err)
		return
	}
	v.say(id, CheckOK, codeOK, map[string]any{"key": key})
}

func (v *verifier) createTask(ctx context.Context, key string, body map[string]any) (remote.Ref, error) {
	text, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return remote.Ref{}, err
	}
	answer, err := v.Raynet.Send(ctx, remote.Request{
		Side: record.Raynet, Kind: record.Tasks, Op: remote.Create, Method: http.MethodPut, Path: "task/", Body: string(text), Key: key,
	})
	return answer.Ref, err
}

// findTask looks for what a create without an answer left behind.
func (v *verifier) findTask(ctx context.Context, key string, cause error) (remote.Ref, error) {
	found, err := v.Raynet.Find(ctx, remote.Scope{Kind: record.Tasks, Zone: v.fallbackZone()}, remote.Search{Key: key, Type: "task"})
	if err == nil && len(found) == 1 {
		return found[0].Ref, nil
	}
	return remote.Ref{}, errors.Join(cause, err)
}
