package web

import (
	"net"
	"slices"

	"raynetsync/internal/admin/account"
)

// routes are all addresses of the site but its assets, with the least role that may come there.
func routes() []route {
	return slices.Concat([]route{
		{pattern: "GET /start/{token}", open: true, do: (*visit).startForm},
		{pattern: "POST /start/{token}", open: true, do: (*visit).start},
		{pattern: "GET /sign-in", open: true, do: (*visit).signInForm},
		{pattern: "POST /sign-in", open: true, do: (*visit).signIn},
		{pattern: "POST /sign-out", role: account.Self, do: (*visit).signOut},
		{pattern: "POST /language", open: true, do: (*visit).language},
	},
		overviewRoutes(),
		setupRoutes(),
		registerRoutes(),
		usersRoutes(),
		previewRoutes(),
		settingsRoutes(),
		accountRoutes(), peopleRoutes(), auditRoutes(), microsoftRoutes(), meRoutes(),
		itemRoutes(), reviewRoutes(), journalRoutes(), restoreRoutes(), syncRoutes(), healthRoutes(), helpRoutes(),
	)
}

// section is one entry of the navigation.
type section struct {
	path, text string
	role       account.Role
}

// sections are the pages that the navigation leads to, in its order.
func sections() []section {
	return []section{
		{"/", "web.nav-overview", account.Viewer},
		{mePath, "account.nav-me", account.Self},
		{"/users", "web.nav-users", account.Viewer},
		{"/items", "pages.nav-items", account.Viewer},
		{reviewPath, "pages.nav-review", account.Viewer},
		{"/journal", "pages.nav-journal", account.Viewer},
		{"/settings", "web.nav-settings", account.Administrator},
		{"/health", "pages.nav-health", account.Viewer},
		{"/accounts", "account.nav-accounts", account.Administrator},
		{"/audit", "account.nav-audit", account.Administrator},
		{"/help", "pages.nav-help", account.Self},
	}
}

// nav returns the navigation for who is signed in.
func (v *visit) nav() []NavItem {
	var out []NavItem
	here := v.in.URL.Path
	for _, s := range sections() {
		if s.path == mePath && v.account.Subject == "" {
			continue // no mailbox is theirs
		}
		if v.account.Role.May(s.role) {
			item := NavItem{Path: s.path, Text: v.t(s.text, nil), Here: within(here, s.path)}
			if s.path == reviewPath {
				item.Count = v.waiting()
			}
			out = append(out, item)
		}
	}
	return out
}

// within reports whether a path belongs to a section.
func within(path, section string) bool {
	return path == section || section != "/" && len(path) > len(section) && path[:len(section)+1] == section+"/"
}

// from is the address that the request came from, without its port.
func (v *visit) from() string {
	host, _, err := net.SplitHostPort(v.in.RemoteAddr)
	if err != nil {
		return v.in.RemoteAddr
	}
	return host
}

// log notes what the visitor did. That it could not be noted does not undo it, so it is told in the log.
func (v *visit) log(code account.Code, args map[string]any) {
	err := v.Accounts.Log(v.in.Context(), account.Act{Account: v.account.Name, Code: code, Args: args, From: v.from()})
	if err != nil {
		v.Log.Error("an act could not be noted", "act", code, "err", err)
	}
}
