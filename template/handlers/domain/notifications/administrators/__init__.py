"""What administrators are told about their tenant: in the console, and by mail as they like it.

    event ──▶ occasions ──▶ creation ──▶ a row per administrator ──▶ reading   the console
              who hears      preferences         │
              what           switched off: none  └ mail_times: when ──▶ due_mails   one mail for
                                                                                 all that is due

Mails to tenants and to people who are invited are `domain.notifications.tenant_mails`.
"""
