from marrowscope.accounts.roles import RIGHTS, Right, Role, has_right, rights_of


def test_every_role_has_its_rights_written_down() -> None:
    assert set(RIGHTS) == set(Role)
    assert rights_of(Role) == set(Right)
    assert rights_of([]) == frozenset()


def test_only_administrators_manage_people() -> None:
    assert [role for role in Role if has_right([role], Right.MANAGE_PEOPLE)] == ["administrator"]


def test_administrator_and_director_read_the_audit_trail() -> None:
    readers = {role for role in Role if has_right([role], Right.READ_AUDIT)}

    assert readers == {Role.ADMINISTRATOR, Role.DIRECTOR}


def test_who_signs_cases_can_read_them() -> None:
    signers = [role for role in Role if has_right([role], Right.SIGN_CASES)]

    assert signers == [Role.PATHOLOGIST, Role.DIRECTOR]
    assert all(has_right([role], Right.READ_CASES) for role in signers)


def test_two_roles_have_the_rights_of_both() -> None:
    both = [Role.ADMINISTRATOR, Role.PATHOLOGIST]

    assert has_right(both, Right.MANAGE_PEOPLE)
    assert has_right(both, Right.SIGN_CASES)
    assert not has_right([Role.ADMINISTRATOR], Right.SIGN_CASES)


def test_who_may_do_what_with_cases() -> None:
    def holders(right: Right) -> set[Role]:
        return {role for role in Role if has_right([role], right)}

    laboratory = {Role.TECHNOLOGIST, Role.PATHOLOGIST, Role.DIRECTOR, Role.ADMINISTRATOR}
    assert holders(Right.ADD_CASES) == laboratory
    assert holders(Right.READ_EVERY_CASE) == laboratory | {Role.SERVICE}
    assert holders(Right.READ_CASES) == set(Role)
    assert holders(Right.DELETE_CASES) == {Role.ADMINISTRATOR}
