package cli

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/config"
)

// accountsCommand shows and changes who may sign in to the web page. It needs no password: who may read the key file may do
// anything anyway.
type accountsCommand struct {
	List   accountsListCommand   `cmd:"" default:"1" help:"${help_accounts_list}"`
	Link   accountsLinkCommand   `cmd:"" help:"${help_accounts_link}"`
	Add    accountsAddCommand    `cmd:"" help:"${help_accounts_add}"`
	Role   accountsRoleCommand   `cmd:"" help:"${help_accounts_role}"`
	Remove accountsRemoveCommand `cmd:"" help:"${help_accounts_remove}"`
}

type accountsListCommand struct{}

type accountsLinkCommand struct {
	Name string `arg:"" optional:"" help:"${help_accounts_link_name}"`
}

type accountsAddCommand struct {
	Name string `arg:"" help:"${help_accounts_name}"`
	Role string `required:"" placeholder:"viewer|operator|administrator" help:"${help_accounts_to_role}"`
}

type accountsRoleCommand struct {
	Name string `arg:"" help:"${help_accounts_name}"`
	Role string `arg:"" help:"${help_accounts_to_role}"`
}

type accountsRemoveCommand struct {
	Name string `arg:"" help:"${help_accounts_name}"`
}

// people opens what the commands about people need: the database and its key.
func (s *session) people(ctx context.Context, use func(*account.Accounts) error) error {
	return s.base(ctx, func(connection Connection) error { return use(connection.Accounts) })
}

// Run is called by the parser.
func (*accountsListCommand) Run(ctx context.Context, s *session) error {
	return s.people(ctx, func(accounts *account.Accounts) error {
		list, err := accounts.List(ctx)
		if err != nil {
			return err
		}
		if s.grammar.JSON {
			return s.json(map[string]any{"accounts": list})
		}
		s.showAccounts(list)
		return nil
	})
}

func (s *session) showAccounts(list []account.Account) {
	if len(list) == 0 {
		s.screen.Wrapped(0, "", s.t("cli.accounts.nobody", nil))
		return
	}
	var cells [][]string
	for _, one := range list {
		seen := s.t("cli.accounts.never", nil)
		switch {
		case !one.Ready:
			seen = screen.Warn(s.t("cli.accounts.invited", nil))
		case !one.LastSeen.IsZero():
			seen = s.texts.Date(one.LastSeen, s.zone) + " " + s.texts.Clock(one.LastSeen, s.zone)
		}
		cells = append(cells, []string{one.Name, s.role(one.Role), s.texts.Date(one.Since, s.zone), seen})
	}
	s.screen.Table([]screen.Column{{Title: s.t("cli.accounts.name", nil)}, {Title: s.t("cli.accounts.role", nil)},
		{Title: s.t("cli.accounts.since", nil), Optional: true}, {Title: s.t("cli.accounts.seen", nil)}}, cells)
}

func (s *session) role(role account.Role) string { return s.t("role."+string(role), nil) }

// Run is called by the parser.
func (c *accountsLinkCommand) Run(ctx context.Context, s *session) error {
	return s.people(ctx, func(accounts *account.Accounts) error {
		name := c.Name
		if name == "" {
			token, needed, err := accounts.FirstLink(ctx)
			if err != nil {
				return err
			}
			if needed {
				return s.showLink("", token)
			}
			if name, err = s.onlyAdministrator(ctx, accounts); err != nil {
				return err
			}
		}
		token, err := accounts.NewLink(ctx, account.Actor{}, name)
		if err != nil {
			return err
		}
		return s.showLink(name, token)
	})
}

// onlyAdministrator returns the name of the one administrator who has a password.
func (s *session) onlyAdministrator(ctx context.Context, accounts *account.Accounts) (string, error) {
	list, err := accounts.List(ctx)
	if err != nil {
		return "", err
	}
	var names []string
	for _, one := range list {
		if one.Role == account.Administrator && one.Ready && one.Subject == "" {
			names = append(names, one.Name)
		}
	}
	if len(names) != 1 {
		return "", WrongUsage(fmt.Errorf("%s", s.t("cli.accounts.which", nil)))
	}
	return names[0], nil
}

// Run is called by the parser.
func (c *accountsAddCommand) Run(ctx context.Context, s *session) error {
	return s.people(ctx, func(accounts *account.Accounts) error {
		token, err := accounts.Add(ctx, account.Actor{}, account.Newcomer{Name: c.Name, Role: account.Role(c.Role)})
		if err != nil {
			return err
		}
		return s.showLink(c.Name, token)
	})
}

// Run is called by the parser.
func (c *accountsRoleCommand) Run(ctx context.Context, s *session) error {
	return s.people(ctx, func(accounts *account.Accounts) error {
		if err := accounts.SetRole(ctx, account.Actor{}, c.Name, account.Role(c.Role)); err != nil {
			return err
		}
		if s.grammar.JSON {
			return s.json(map[string]any{"name": c.Name, "role": c.Role})
		}
		s.screen.Line(screen.Good("✓"), s.t("cli.accounts.role-set", map[string]any{"Name": c.Name, "Role": s.role(account.Role(c.Role))}))
		return nil
	})
}

// Run is called by the parser.
func (c *accountsRemoveCommand) Run(ctx context.Context, s *session) error {
	return s.people(ctx, func(accounts *account.Accounts) error {
		if err := accounts.Remove(ctx, account.Actor{}, c.Name); err != nil {
			return err
		}
		if s.grammar.JSON {
			return s.json(map[string]any{"removed": c.Name})
		}
		s.screen.Line(screen.Good("✓"), s.t("cli.accounts.removed", map[string]any{"Name": c.Name}))
		return nil
	})
}

// showLink prints a one-time link; name is empty for the first one. The address has a line of its own, so that it can be
// copied.
func (s *session) showLink(name, token string) error {
	address := StartAddress(s.config.Server, token)
	if s.grammar.JSON {
		return s.json(map[string]any{"name": name, "link": address})
	}
	text := s.t("cli.accounts.first-link", nil)
	if name != "" {
		text = s.t("cli.accounts.link", map[string]any{"Name": name})
	}
	s.screen.Wrapped(0, "", text)
	s.screen.Line(screen.Bold(address))
	return nil
}

// StartAddress is the address of the page on which a one-time link begins: below the public address of the server, or, if it
// has none, where it listens.
func StartAddress(server config.Server, token string) string {
	base := server.PublicURL
	if base == "" {
		host, port, err := net.SplitHostPort(server.Listen)
		if err != nil {
			host, port = server.Listen, "0"
		}
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "localhost" // it listens on every address, this one too
		}
		base = "http://" + net.JoinHostPort(host, port)
	}
	return strings.TrimSuffix(base, "/") + "/start/" + token
}

// auditCommand shows what people did, or checks that it is whole.
type auditCommand struct {
	Limit  int   `default:"50" placeholder:"N" help:"${help_audit_limit}"`
	Before int64 `placeholder:"LINE" help:"${help_audit_before}"`
	Verify bool  `help:"${help_audit_verify}"`
}

// Run is called by the parser.
func (c *auditCommand) Run(ctx context.Context, s *session) error {
	return s.people(ctx, func(accounts *account.Accounts) error {
		if c.Verify {
			return s.verifyAudit(ctx, accounts)
		}
		lines, err := accounts.Audit(ctx, c.Before, c.Limit)
		if err != nil {
			return err
		}
		if s.grammar.JSON {
			return s.json(map[string]any{"lines": lines})
		}
		if len(lines) == 0 {
			s.screen.Line(s.t("cli.audit.empty", nil))
		}
		for _, line := range lines {
			s.showAuditLine(line)
		}
		return nil
	})
}

func (s *session) showAuditLine(line account.Line) {
	who := line.Account
	switch {
	case who == "" && line.From == "":
		who = s.t("cli.audit.nobody", nil)
	case who == "":
		who = s.t("cli.audit.stranger", nil)
	}
	args := map[string]any{}
	for name, value := range line.Args {
		if role, ok := value.(string); ok && name == "Role" {
			value = s.role(account.Role(role))
		}
		args[name] = value
	}
	what := s.t("audit."+string(line.Code), args)
	if line.Changed {
		what = screen.Bad(s.t("cli.audit.line-changed", nil))
	}
	lead := screen.Dim(screen.PadLeft(fmt.Sprintf("#%d", line.ID), 6) + "  " + s.texts.Time(line.At, s.zone))
	words := []string{screen.Bold(who), screen.Dim("·"), what}
	if line.From != "" {
		words = append(words, screen.Dim("· "+line.From))
	}
	s.screen.Wrapped(8, lead, strings.Join(words, " "))
}

func (s *session) verifyAudit(ctx context.Context, accounts *account.Accounts) error {
	proof, err := accounts.VerifyAudit(ctx)
	if err != nil {
		return err
	}
	switch {
	case s.grammar.JSON:
		err = s.json(map[string]any{"whole": proof.Whole(), "lines": proof.Lines, "changed": proof.Changed, "missing": proof.Missing})
	case proof.Whole():
		s.screen.Line(screen.Good("✓"), s.texts.N("cli.audit.whole", proof.Lines, nil))
	default:
		for _, found := range []struct {
			key string
			ids []int64
		}{{"cli.audit.changed", proof.Changed}, {"cli.audit.missing", proof.Missing}} {
			if len(found.ids) > 0 {
				s.screen.Wrapped(0, "", screen.Bad("✗ "+s.t(found.key, map[string]any{"Lines": numbers(found.ids)})))
			}
		}
		s.screen.Wrapped(0, "", "→ "+s.t("cli.audit.repair", nil))
	}
	if err == nil && !proof.Whole() {
		err = errPerson
	}
	return err
}

func numbers(ids []int64) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = "#" + strconv.FormatInt(id, 10)
	}
	return strings.Join(texts, ", ")
}
