package emulator

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// accountRow is a user account in the list.
func (s *Server) accountRow(r *row, out map[string]any) {
	delete(out, "rowInfo.rowState")
	out["username"], out["userRole"] = r.text("username"), r.text("userRole")
	out["person"] = nil
	if id := r.ref("person"); id != 0 {
		out["person"] = map[string]any{"id": id, "fullName": s.nameOf(kindPerson, id)}
	}
}

// accountDetail adds rights and regional settings.
func (s *Server) accountDetail(r *row, out map[string]any) {
	s.accountRow(r, out)
	level := s.rows.pool(kindSecurityLevel).rows[0]
	maps.Copy(out, map[string]any{
		"_version": r.version, "email2": nil, "personRecordFilter": nil, "deletePermissionConfig": nil,
		"listExportPermission": true, "detailReportPermission": true, "googleContactsPermission": false,
		"bulkOperationPermission": true, "codelistEditPermission": r.text("userRole") == "ADMIN",
		"editOnlyOwnedRecordsPermission": false, "onlyLockRecordsPermission": false, "twoFactorEnabled": false,
		"timezone":   zoneEnum(r.text("timezone")),
		"dateFormat": "DAY_MONTH_YEAR", "timeFormat": "HOUR24", "startWeekDay": "MONDAY",
		"securityLevels":  []map[string]any{{"id": level.id, "name": level.text("name")}},
		"securityProfile": nil,
	})
}

// zoneEnum writes an IANA zone as RAYNET's enum does: EUROPE_PRAGUE.
func zoneEnum(zone string) string {
	return strings.ToUpper(strings.NewReplacer("/", "_", "-", "_").Replace(zone))
}

// AddUser adds a person who logs in. fields are a person's own (firstName, lastName, contactInfo …), zone is an IANA name,
// role one of ADMIN, FULL_THROTTLE, CERTAIN_RESTRICTIONS, READONLY; an empty login adds the person alone. Wrong fields
// are left out.
func (s *Server) AddUser(fields map[string]any, login, role, zone string) (personID, accountID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addUser(fields, login, role, zone)
}

func (s *Server) addUser(fields map[string]any, login, role, zone string) (personID, accountID int64) {
	now := s.opts.Now()
	fields = maps.Clone(fields)
	if fields == nil {
		fields = map[string]any{}
	}
	if _, given := fields["contactInfo"]; !given && login != "" {
		fields["contactInfo"] = map[string]any{"email": login}
	}
	person, err := s.insert(kindPerson, fields, fromUser, s.opts.User)
	if err != nil {
		person = &row{kind: kindPerson, attrs: map[string]any{"lastName": login}}
		s.rows.insert(person, now, s.opts.User)
	}
	if login == "" {
		return person.id, 0
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "" {
		zone = s.opts.Zone
	}
	account := &row{kind: kindUserAccount, attrs: map[string]any{
		"username": login, "userRole": role, "timezone": zone, "person": person.id,
	}}
	s.rows.insert(account, now, s.opts.User)
	return person.id, account.id
}

// SetRole gives the user account of a login another role, as an administrator does on RAYNET's screens.
func (s *Server) SetRole(login, role string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, account := range s.rows.pool(kindUserAccount).rows {
		if strings.EqualFold(account.text("username"), login) {
			account.set("userRole", role)
			account.version++
			return nil
		}
	}
	return fmt.Errorf("user account %q: no such record", login)
}
