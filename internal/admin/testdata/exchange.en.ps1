# Limits calendars and contacts to the mailboxes of one group (RBAC for Applications in Exchange Online)
# Needs PowerShell 7 and modules: Install-Module ExchangeOnlineManagement, Microsoft.Graph.Applications
# Needs the roles Exchange Administrator (Organization Management) and Global Administrator. Tasks (To Do) and the list of users cannot be limited this way
$ErrorActionPreference = 'Stop'
$client = '22222222-2222-4222-8222-222222222222'
$principal = '33333333-3333-4333-8333-333333333333'
$group = 'Obchod a servis'
$inside = 'jana@example.cz'
$outside = 'petr@example.cz'
$name = 'Raynet Outlook Sync'

Connect-ExchangeOnline -ShowBanner:$false
Connect-MgGraph -NoWelcome -Scopes 'Application.Read.All', 'AppRoleAssignment.ReadWrite.All'
if (-not $principal) { $principal = (Get-MgServicePrincipal -Filter "appId eq '$client'").Id }

# The mailboxes: direct members of the group; members of nested groups do not count
$dn = (Get-Recipient -Identity $group).DistinguishedName
$filter = "MemberOfGroup -eq '" + $dn.Replace("'", "''") + "'"
if (Get-ManagementScope -Identity $name -ErrorAction SilentlyContinue) {
    Set-ManagementScope -Identity $name -RecipientRestrictionFilter $filter
} else {
    New-ManagementScope -Name $name -RecipientRestrictionFilter $filter | Out-Null
}

# The application in Exchange, and its roles for these mailboxes only
if (-not (Get-ServicePrincipal | Where-Object { $_.AppId -eq $client })) {
    New-ServicePrincipal -AppId $client -ObjectId $principal -DisplayName $name | Out-Null
}
foreach ($role in 'Application Calendars.ReadWrite', 'Application Contacts.ReadWrite') {
    if (-not (Get-ManagementRoleAssignment -Identity "$name $role" -ErrorAction SilentlyContinue)) {
        New-ManagementRoleAssignment -Name "$name $role" -App $principal -Role $role -CustomResourceScope $name | Out-Null
    }
}

# The consent for all mailboxes is taken away: it would count besides the limit, and the limit would limit nothing
$everywhere = 'ef54d2bf-783f-4e0f-bca1-3210c0444d99', '6918b873-d17a-4dc1-b314-35f528134491'
Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal -All |
    Where-Object { $everywhere -contains $_.AppRoleId } |
    ForEach-Object { Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal -AppRoleAssignmentId $_.Id }

# The test: InScope should be True for the first mailbox and False for the second
foreach ($mailbox in $inside, $outside) {
    Write-Host $mailbox
    Test-ServicePrincipalAuthorization -Identity $principal -Resource $mailbox | Format-Table RoleName, AllowedResourceScope, InScope
}
Write-Host 'Exchange remembers the old state for 30 minutes to 2 hours. Then check the limit on the server:'
Write-Host ('raynetsync azure scope --inside {0} --outside {1}' -f $inside, $outside)
