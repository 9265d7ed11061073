package config

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
)

func control(value string) *fault {
	if strings.ContainsFunc(value, unicode.IsControl) {
		return faultf(CodeControl, nil, "write it in one line, without tabs", "there is a line break or another control character in the value")
	}
	return nil
}

func oneOf(allowed []string) func(string) (string, *fault) {
	return func(value string) (string, *fault) {
		if slices.Contains(allowed, value) {
			return value, nil
		}
		return "", faultf(CodeChoice,
			map[string]string{"value": value, "allowed": strings.Join(allowed, ", "), "nearest": nearest(value, allowed)},
			"write one of: "+strings.Join(allowed, ", "), "%q is none of the alternatives", value)
	}
}

func kindName(value string) (string, *fault) { return oneOf(names(record.Kinds()))(value) }

// contactFilter takes one of the words, or what begins with one that wants a name.
func contactFilter(value string) (string, *fault) {
	for _, prefix := range []string{FilterTag, FilterCategory} {
		if name, ok := strings.CutPrefix(value, prefix); ok && strings.TrimSpace(name) != "" {
			return prefix + strings.TrimSpace(name), nil
		}
	}
	if value == FilterOwned || value == FilterAll {
		return value, nil
	}
	allowed := []string{FilterOwned, FilterAll, FilterTag + "NAME", FilterCategory + "NAME"}
	return oneOf(allowed)(value)
}

// address checks an https address; with a path, the address must end in it and gets it if there is no path at all.
func address(to *string, path string) slot {
	return checked(to, func(value string) (string, *fault) {
		u, err := url.Parse(value)
		if err != nil || u.Host == "" || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil ||
			u.RawQuery != "" || u.Fragment != "" {
			return "", faultf(CodeURL, map[string]string{"value": withoutUser(value)}, "write it like https://crm.example.cz"+path,
				"%q is not an address that can be used here", withoutUser(value))
		}
		if u.Scheme == "http" && !loopback(u.Hostname()) {
			return "", faultf(CodeInsecure, map[string]string{"value": value}, "write https; http is for this machine only (127.0.0.1)",
				"%q would send the login over the network unencrypted", value)
		}
		u.Path = strings.TrimRight(u.Path, "/")
		if u.Path == "" {
			u.Path = path
		}
		if path != "" && !strings.HasSuffix(u.Path, path) {
			want := u.Scheme + "://" + u.Host + path
			return "", faultf(CodeAPIPath, map[string]string{"value": value, "want": want}, "write "+want,
				"%q is not the address of the API, which ends in %s", value, path)
		}
		return u.String(), nil
	})
}

// withoutUser takes a name and password out of what may be an address, so that no message repeats them.
func withoutUser(value string) string {
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok {
		scheme, rest = "", value
	}
	if _, host, found := strings.Cut(rest, "@"); found {
		rest = host
	}
	if !ok {
		return rest
	}
	return scheme + "://" + rest
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func instanceName(value string) (string, *fault) {
	ok := value != "" && !strings.ContainsFunc(value, func(r rune) bool {
		return r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_')
	})
	if !ok {
		return "", faultf(CodeInstance, map[string]string{"value": withoutUser(value)},
			"write only the name: demo for https://app.raynet.cz/demo/", "%q is not the name of a RAYNET instance", withoutUser(value))
	}
	return value, nil
}

// login takes the name of a RAYNET account to the letter: it is part of the credentials.
func login(value string) (string, *fault) {
	if _, f := mailbox(value); f != nil {
		return "", f
	}
	return strings.TrimSpace(value), nil
}

func mailbox(value string) (string, *fault) {
	value = strings.TrimSpace(value)
	local, domain, ok := strings.Cut(value, "@")
	if !ok || local == "" || domain == "" || strings.ContainsAny(value, " <>,;\"") || strings.Contains(domain, "@") {
		return "", faultf(CodeMailbox, map[string]string{"value": value}, "write it like jana.novakova@example.cz",
			"%q is not an e-mail address", value)
	}
	return strings.ToLower(value), nil
}

func mailboxOrAll(value string) (string, *fault) {
	if value == "*" {
		return value, nil
	}
	return mailbox(value)
}

func person(value string) (string, *fault) {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && n > 0 {
		return value, nil
	}
	if address, f := mailbox(value); f == nil {
		return address, nil
	}
	return "", faultf(CodePerson, map[string]string{"value": value},
		"write the id of the RAYNET person (the number at the end of the person's address) or the e-mail address of the account",
		"%q is neither a RAYNET person id nor an e-mail address", value)
}

// isGUID reports whether value is written 8-4-4-4-12 in hexadecimal digits.
func isGUID(value string) bool {
	parts := strings.Split(value, "-")
	if len(parts) != 5 {
		return false
	}
	for i, length := range []int{8, 4, 4, 4, 12} {
		if len(parts[i]) != length || strings.Trim(parts[i], "0123456789abcdefABCDEF") != "" {
			return false
		}
	}
	return true
}

func tenantID(value string) (string, *fault) {
	value = strings.ToLower(strings.TrimSpace(value))
	domain := strings.Contains(value, ".") && !strings.ContainsAny(value, "@/: ") && !strings.HasPrefix(value, ".") && !strings.HasSuffix(value, ".")
	if isGUID(value) || domain {
		return value, nil
	}
	return "", faultf(CodeGUID, map[string]string{"value": value},
		"copy the Directory (tenant) ID from the registration's Overview page", "%q is not a tenant id", value)
}

func clientID(value string) (string, *fault) {
	value = strings.ToLower(strings.TrimSpace(value))
	if isGUID(value) {
		return value, nil
	}
	return "", faultf(CodeGUID, map[string]string{"value": value},
		"copy the Application (client) ID from the registration's Overview page", "%q is not an application id", value)
}

// secretValue knows the commonest mistake of a first day: the portal shows a Value and a Secret ID side by side.
func secretValue(value string) *fault {
	if !isGUID(value) {
		return nil
	}
	return faultf(CodeSecretID, nil,
		"copy the column Value under Certificates & secrets; if it is no longer shown in full, create a new client secret",
		"this is the Secret ID of the client secret, not its Value")
}

// zoneName takes every name that people copy from somewhere, "Central Europe Standard Time" too, and keeps the IANA name.
func zoneName(value string) (string, *fault) {
	name, err := zone.Canonical(strings.TrimSpace(value))
	if err != nil {
		return "", unknownZone(value)
	}
	return name, nil
}

func unknownZone(value string) *fault {
	return faultf(CodeZone, map[string]string{"value": value}, "write it like Europe/Prague", "%q is not a known time zone", value)
}

func listenAddress(value string) (string, *fault) {
	host, port, err := net.SplitHostPort(value)
	n, errPort := strconv.Atoi(port)
	if err != nil || errPort != nil || n < 0 || n > 65535 || strings.Contains(host, "/") {
		return "", faultf(CodeListen, map[string]string{"value": value}, "write it like 127.0.0.1:8383, or :8383 for every address",
			"%q is not an address with a port", value)
	}
	return value, nil
}

func readable(path string) (string, *fault) {
	if f := unreadable(path); f != nil {
		return "", f
	}
	return path, nil
}

func unreadable(path string) *fault {
	file, err := os.Open(path)
	if err != nil {
		return fileFault(path, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return faultf(CodeFile, map[string]string{"path": path, "reason": "is a directory"}, "name the file itself", "%s is a directory", path)
	}
	return nil
}

func line(value string) (string, *fault) {
	if strings.TrimSpace(value) == "" || len(value) > 255 || strings.Contains(value, ",") {
		return "", faultf(CodeRange, map[string]string{"value": value, "least": "1", "most": "255"},
			"write 1 to 255 characters without a comma", "%q cannot be used here", value)
	}
	return strings.TrimSpace(value), nil
}
